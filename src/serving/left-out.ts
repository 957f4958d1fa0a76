/** What an analytic answer leaves out: keys by stream, over all of its ranges together, and the words for it. */
import { LRUCache } from "lru-cache";
import { limits } from "../core/limits.ts";
import { localDay } from "../core/local-day.ts";
import type { Stream } from "../core/stream.ts";
import { seconds } from "../core/time.ts";
import type { Meta } from "./answer.ts";
import type { Context } from "./context.ts";
import { excludedKeys, noteOf, type Excluded } from "./excluded-keys.ts";

export interface LeftOut {
  /** Stream's name → its keys in order; streams without any are missing. */
  keys: Without;
  /** For `meta.excluded`; null where nothing is left out. */
  told: NonNullable<Meta["excluded"]> | null;
}

export type Without = Readonly<Record<string, readonly string[]>>;

export const NOTHING: LeftOut = { keys: {}, told: null };

interface Span {
  from_ms: number;
  to_ms: number;
}

/** As long as answers are kept. */
const FRESH_MS = seconds(10);

type Known = Pick<Context, "quality" | "clock" | "city">;

export class LeavingOut {
  readonly #context: Known;
  readonly #kept: LRUCache<string, Promise<Excluded["exclusions"]>>;

  constructor(context: Known) {
    this.#context = context;
    this.#kept = new LRUCache({
      max: limits.analytics_reads_max,
      ttl: FRESH_MS,
      ttlResolution: 0,
      perf: { now: () => context.clock.monotonic() + 1 },
    });
  }

  /**
   * A key that is excluded on a day of any of the spans is left out of all of them, so that compared ranges are of the same keys.
   *
   * @param among Only these keys of a stream are asked about, by its name.
   */
  async of(
    streams: readonly Stream[],
    spans: readonly Span[],
    among: Readonly<Record<string, readonly string[] | null>> = {},
  ): Promise<LeftOut> {
    if (this.#context.quality === undefined) return NOTHING;
    const keys: Record<string, readonly string[]> = {};
    const notes: string[] = [];
    const found = await Promise.all(
      streams.map(async ({ name }) =>
        (await Promise.all(spans.map((span) => this.#exclusions(name, span)))).flat(),
      ),
    );
    for (const [i, stream] of streams.entries()) {
      if (found[i]!.length === 0) continue;
      const asked = among[stream.name] ?? null;
      const wanted = asked === null ? null : new Set(asked);
      const mine = found[i]!.filter(({ key }) => wanted === null || wanted.has(key));
      const note = noteOf(mine, nounOf(stream));
      if (note === null) continue;
      keys[stream.name] = [...new Set(mine.map(({ key }) => key))].sort();
      notes.push(note);
    }
    if (notes.length === 0) return NOTHING;
    const n = Object.values(keys).reduce((sum, { length }) => sum + length, 0);
    return { keys, told: { keys: n, note: notes.join("; ") } };
  }

  #exclusions(stream: string, { from_ms, to_ms }: Span): Promise<Excluded["exclusions"]> {
    const { quality, city } = this.#context;
    if (from_ms >= to_ms) return Promise.resolve([]);
    const id = `${stream} ${localDay(from_ms, city.zone)} ${localDay(to_ms - 1, city.zone)}`;
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    const reading = excludedKeys(quality, stream, city.zone, from_ms, to_ms).then(
      ({ exclusions }) => exclusions,
    );
    this.#kept.set(id, reading);
    reading.catch(() => this.#kept.delete(id));
    return reading;
  }
}

/** `road_id` → road. */
const nounOf = ({ key }: Pick<Stream, "key">): string => key.replace(/_id$/, "").replaceAll("_", " ");
