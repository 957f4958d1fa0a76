/** The city in one sentence, counts per level, and the worst roads; made once per tick. */
import { congestionLevels, isCongested, type CongestionLevel } from "../core/congestion.ts";
import { HistoryUnavailableError } from "../core/errors.ts";
import type { Stream } from "../core/stream.ts";
import type { CitySummary } from "./answer.ts";
import type { Context } from "./context.ts";
import { expectedKeys } from "./coverage.ts";
import { Kept } from "./kept.ts";
import { metaOf } from "./meta.ts";
import { sentence } from "./sentence.ts";
import { UsualCongestion, type Usual } from "./usual.ts";
import type { ViewRow } from "./view.ts";
import { worstRoads } from "./worst.ts";

export class Summary {
  readonly #context: Context;
  readonly #stream: Stream;
  readonly #usual: UsualCongestion;
  readonly #kept: Kept<CitySummary>;

  constructor(context: Context, stream: Stream) {
    const { clock, tick_ms } = context;
    this.#context = context;
    this.#stream = stream;
    this.#usual = new UsualCongestion(context, stream);
    this.#kept = new Kept({ clock, fresh_ms: tick_ms, usable_ms: 4 * tick_ms, load: () => this.#make() });
  }

  get(): Promise<CitySummary> {
    return this.#kept.get();
  }

  async #make(): Promise<CitySummary> {
    const { views, known, clock, network, city } = this.#context;
    const view = await views.fresh(this.#stream);
    const now_ms = clock.now();
    const ttl_ms = this.#stream.live?.ttl_ms ?? Infinity;
    // History's newest rows may be of last week: what is not live says nothing about now.
    const rows = view.rows.filter((row) => row.event_time_ms + ttl_ms > now_ms);
    const roads = expectedKeys(known.now(this.#stream), view);
    const counts = countsOf(rows, roads);
    const congested = congestionLevels.reduce(
      (sum, level) => sum + (isCongested(level) ? counts[level] : 0),
      0,
    );
    const { usual, slot_ms } = await this.#usualNow(rows.length, now_ms);
    const meta = metaOf({
      stream: this.#stream,
      cursor: "",
      layer: view.layer,
      now_ms,
      as_of_ms: view.newest_ms,
      coverage: 1,
    });
    return {
      as_of: meta.as_of,
      age_ms: meta.age_ms,
      stale: meta.stale,
      roads,
      counts,
      congested,
      usual,
      sentence: sentence({ congested, roads, reporting: rows.length, usual, slot_ms, zone: city.zone }),
      worst: worstRoads(network, rows),
    };
  }

  /** While history is away there is nothing to compare with, but there is a city to show. */
  async #usualNow(reporting: number, now_ms: number): Promise<Usual> {
    try {
      return await this.#usual.get(reporting);
    } catch (error) {
      if (error instanceof HistoryUnavailableError) return { slot_ms: now_ms, usual: null };
      throw error;
    }
  }
}

function countsOf(rows: readonly ViewRow[], roads: number): Record<CongestionLevel, number> {
  const counts: Record<CongestionLevel, number> = {
    free: 0,
    moderate: 0,
    heavy: 0,
    severe: 0,
    closed: 0,
    unknown: 0,
  };
  for (const { row } of rows) counts[row["congestion_level"] as CongestionLevel]++;
  counts.unknown += Math.max(0, roads - rows.length);
  return counts;
}
