/**
 * A stream's newest rows, read once per tick for all who ask: from the live view, or while that is away from history.
 * Rows that did not change since the last tick are the same objects, with their JSON.
 */
import { HistoryUnavailableError, LiveUnavailableError } from "../core/errors.ts";
import type { Bbox } from "../core/geo.ts";
import type { Stream } from "../core/stream.ts";
import { formatInstant, type Clock } from "../core/time.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { LiveRow, LiveStore } from "../live/live-store.ts";
import type { CurrentRow, Layer } from "./answer.ts";
import { BatchRows } from "./batch-rows.ts";
import { Kept } from "./kept.ts";
import { padded } from "./log-cursor.ts";
import { isStale } from "./meta.ts";

export interface ViewRow {
  readonly key: string;
  readonly event_time_ms: number;
  readonly partition: number;
  readonly offset: number;
  readonly stale: boolean;
  readonly row: CurrentRow;
  /** Where it stands on the map: looked up when it is first asked for. */
  place?: Bbox | null;
}

export interface View {
  /** By key, in code unit order. */
  readonly rows: readonly ViewRow[];
  readonly by_key: ReadonlyMap<string, ViewRow>;
  /** Next offset per partition, read before the rows. */
  readonly position: readonly number[];
  readonly layer: Layer;
  readonly newest_ms: number | null;
  readonly fresh: number;
}

export interface ViewsOptions {
  live: LiveStore;
  history: HistoryStore;
  clock: Clock;
  tick_ms: number;
}

/** A live view that has not answered in this time, ms, may be hung; it answers in a tenth of it. */
export const HURRY_MS = 80;
/** How far the live view may be behind an answer from history, ms, and still follow it. */
const LAG_MS = 2_000;

/** Positions that were answered: the last that counts, and one that will count when it is old enough. */
interface Seen {
  floor: readonly number[];
  next: readonly number[];
  at_ms: number;
}

export class Views {
  readonly #options: ViewsOptions;
  readonly #streams = new Map<string, Kept<View>>();
  readonly #batch: BatchRows;
  readonly #seen = new Map<string, Seen>();

  constructor(options: ViewsOptions) {
    this.#options = options;
    this.#batch = new BatchRows(options.history, options.clock, options.tick_ms);
  }

  /** @throws {HistoryUnavailableError} when the live view is away, and history too. */
  get(stream: Stream): Promise<View> {
    return this.#kept(stream).get();
  }

  /** This tick's, waiting for it where nobody has read it yet. @throws {HistoryUnavailableError} */
  fresh(stream: Stream): Promise<View> {
    return this.#kept(stream).fresh();
  }

  #kept(stream: Stream): Kept<View> {
    let kept = this.#streams.get(stream.name);
    if (kept === undefined) {
      const { clock, tick_ms } = this.#options;
      const load = async (last: View | null): Promise<View> =>
        viewOf(stream, await this.#read(stream), last, clock.now());
      kept = new Kept({ clock, fresh_ms: tick_ms, usable_ms: 4 * tick_ms, load });
      this.#streams.set(stream.name, kept);
    }
    return kept;
  }

  async #read(stream: Stream): Promise<Read> {
    const live = stream.live === null ? null : await this.#fromLive(stream);
    const read = live ?? { ...(await this.#batch.get(stream)), layer: "batch" as const };
    this.#note(stream, read);
    return read;
  }

  /** Null while the live view is away, or is being filled again. */
  async #fromLive(stream: Stream): Promise<Read | null> {
    // One that takes long will perhaps not answer: history is read meanwhile, so that nobody waits for both in turn.
    const hurry = setTimeout(() => void this.#batch.get(stream).catch(() => {}), HURRY_MS);
    try {
      const { rows, applied } = await this.#options.live.all(stream);
      const position = padded(stream, applied);
      const odd =
        rows.every((row) => isStale(stream, row.event_time_ms, this.#options.clock.now())) ||
        isBehind(position, this.#seen.get(stream.name)?.floor ?? []);
      return odd && (await this.#lacks(stream, position)) ? null : { rows, position, layer: "speed" };
    } catch (error) {
      if (error instanceof LiveUnavailableError) return null;
      throw error;
    } finally {
      clearTimeout(hurry);
    }
  }

  /** A live view may lag a little behind history: what it must hold to be believed again is what was answered a while ago. */
  #note(stream: Stream, { layer, position }: Read): void {
    const now_ms = this.#options.clock.monotonic();
    const seen = this.#seen.get(stream.name);
    if (layer === "speed" || seen === undefined)
      this.#seen.set(stream.name, { floor: position, next: position, at_ms: now_ms });
    else if (now_ms - seen.at_ms > LAG_MS)
      this.#seen.set(stream.name, { floor: seen.next, next: position, at_ms: now_ms });
  }

  /** Does history hold more than stands at a position? A live view that comes back empty is filled in a moment. */
  async #lacks(stream: Stream, position: readonly number[]): Promise<boolean> {
    try {
      return isBehind(position, (await this.#options.history.applied([stream]))[stream.name] ?? []);
    } catch (error) {
      if (error instanceof HistoryUnavailableError) return false;
      throw error;
    }
  }
}

const isBehind = (position: readonly number[], other: readonly number[]): boolean =>
  other.some((next_offset, partition) => (position[partition] ?? 0) < next_offset);

type Newest = Pick<LiveRow, "key" | "event_time_ms" | "partition" | "offset" | "row">;

interface Read {
  rows: readonly Newest[];
  position: readonly number[];
  layer: Layer;
}

/** Rows made in one piece before other work gets its turn: about 5 ms. */
const SLICE = 2_000;

/** The last view itself where nothing has changed. */
async function viewOf(stream: Stream, read: Read, last: View | null, now_ms: number): Promise<View> {
  const by_key = new Map<string, ViewRow>();
  let changed = last === null || last.layer !== read.layer || last.position.join() !== read.position.join();
  let same_keys = read.rows.length === last?.rows.length;
  let newest_ms: number | null = null;
  let fresh = 0;
  for (const [n, from] of read.rows.entries()) {
    if (n > 0 && n % SLICE === 0) await new Promise<void>((go) => setImmediate(go));
    const before = last?.by_key.get(from.key);
    const stale = isStale(stream, from.event_time_ms, now_ms);
    const same = before !== undefined && before.stale === stale && samePlace(before, from);
    const one = same ? before : viewRow(from, stale);
    if (!same) changed = true;
    if (before === undefined) same_keys = false;
    if (newest_ms === null || from.event_time_ms > newest_ms) newest_ms = from.event_time_ms;
    if (!stale) fresh++;
    by_key.set(from.key, one);
  }
  if (!changed && same_keys && last !== null) return last;
  const rows =
    same_keys && last !== null
      ? last.rows.map(({ key }) => by_key.get(key)!)
      : [...by_key.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return { rows, by_key, position: read.position, layer: read.layer, newest_ms, fresh };
}

const samePlace = (a: Omit<Newest, "row">, b: Newest): boolean =>
  a.offset === b.offset && a.event_time_ms === b.event_time_ms && a.partition === b.partition;

export const viewRow = (from: Newest, stale: boolean): ViewRow => ({
  key: from.key,
  event_time_ms: from.event_time_ms,
  partition: from.partition,
  offset: from.offset,
  stale,
  row: { ...from.row, as_of: formatInstant(from.event_time_ms), stale },
});
