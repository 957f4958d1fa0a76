/** The layers of the map, now: how much there is of each, and what is drawn of those that are on. */
import type { Stream } from "../../src/core/stream.ts";
import type { CurrentRow, Serving } from "../../src/serving/answer.ts";
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

/** Rows that lie on the map, the ended ones not counted: an emergency that is over is none. */
export async function layerCounts({ serving, streams }: Deps): Promise<LayerCounts> {
  const counted = layers.map(async (layer): Promise<readonly [LayerName, number] | null> => {
    const stream = streamOf(layer, streams);
    if (stream === null) return null;
    const { data } = await serving.current(stream, { ...listed(stream), active: true });
    return [layer.name, data.length];
  });
  return new Map((await Promise.all(counted)).filter((one) => one !== null));
}

// The state is made once per tick's list, however many ask.
const states = new WeakMap<readonly CurrentRow[], LayerState>();

export async function layerStateNow(
  { serving }: Pick<Deps, "serving">,
  layer: Layer,
  stream: Stream,
  now_ms: number,
): Promise<LayerState> {
  const { answer } = await serving.shared(stream, listed(stream));
  let state = states.get(answer.data);
  if (state === undefined) states.set(answer.data, (state = layerState(layer, stream, answer.data, now_ms)));
  return state;
}
