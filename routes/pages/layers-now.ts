/** The layers of the map, now: how much there is of each, and what is drawn of those that are on. */
import { limits } from "../../src/core/limits.ts";
import type { Stream } from "../../src/core/stream.ts";
import type { CurrentRow, Listed, Serving } from "../../src/serving/answer.ts";
import type { LayerCounts } from "../../views/map-layers.tsx";
import {
  layers,
  layerState,
  listed,
  type Layer,
  type LayerName,
  type LayerState,
} from "../../views/layers.ts";

interface Deps {
  serving: Serving;
  streams: readonly Stream[];
}

/** The stream of a layer; null where the platform has none such. */
export const streamOf = ({ stream }: Layer, streams: readonly Stream[]): Stream | null =>
  streams.find(({ name, live }) => name === stream && live !== null) ?? null;

/** As many as the live view may hold. */
const PAGES_MAX = Math.ceil(limits.live_keys_max / limits.list_rows_max);

/** All rows of a list, page by page: what one answer may hold is not what the city has. */
export async function everyRow(
  serving: Serving,
  stream: Stream,
  query: Listed,
): Promise<readonly CurrentRow[]> {
  let { data, meta } = await serving.current(stream, query);
  const pages = [data];
  while (meta.next_cursor !== undefined && pages.length < PAGES_MAX) {
    ({ data, meta } = await serving.current(stream, { ...query, cursor: meta.next_cursor }));
    pages.push(data);
  }
  return pages.length === 1 ? data : pages.flat();
}

/** Rows that lie on the map, the ended ones not counted: an emergency that is over is none. */
export async function layerCounts({ serving, streams }: Deps): Promise<LayerCounts> {
  const counted = layers.map(async (layer): Promise<readonly [LayerName, number] | null> => {
    const stream = streamOf(layer, streams);
    if (stream === null) return null;
    const rows = await everyRow(serving, stream, { ...listed(stream), active: true });
    return [layer.name, rows.length];
  });
  return new Map((await Promise.all(counted)).filter((one) => one !== null));
}

// The state is made once per tick's list, however many ask.
const states = new WeakMap<readonly CurrentRow[], Promise<LayerState>>();

export async function layerStateNow(
  { serving }: Pick<Deps, "serving">,
  layer: Layer,
  stream: Stream,
  now_ms: number,
): Promise<LayerState> {
  const { answer } = await serving.shared(stream, listed(stream));
  let state = states.get(answer.data);
  if (state === undefined) {
    const { data, meta } = answer;
    const rows =
      meta.next_cursor === undefined ? Promise.resolve(data) : everyRow(serving, stream, listed(stream));
    state = rows.then((all) => layerState(layer, stream, all, now_ms));
    states.set(data, state);
    // What failed is asked for again by the next one.
    state.catch(() => states.delete(data));
  }
  return await state;
}
