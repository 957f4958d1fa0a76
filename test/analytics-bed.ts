/** The analytics over a real PostgreSQL: events go straight to history, roll-ups are made when told. */
import type { City } from "../src/core/city.ts";
import { decoderOf } from "../src/core/decode.ts";
import type { Stream } from "../src/core/stream.ts";
import type { BatchStore } from "../src/history/rollups/batch-store.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import { postgresBed } from "../src/history/postgres-bed.fixture.ts";
import { openPostgresBatch } from "../src/history/rollups/postgres-batch.ts";
import type { PatternStore } from "../src/history/patterns/pattern-store.ts";
import { openPostgresQuality } from "../src/history/quality/postgres-quality.ts";
import type { QualityStore } from "../src/history/quality/quality-store.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { openPatterns } from "../src/open-patterns.ts";
import type { Analytics, AnalyticsQuery } from "../src/serving/analytics/answer.ts";
import type { Serving } from "../src/serving/answer.ts";
import { createServing } from "../src/serving/serving.ts";
import { readings } from "../src/streams/readings.ts";
import { traffic } from "../src/streams/traffic.ts";
import { weather } from "../src/streams/weather.ts";
import { cityOf, HandClock } from "./serving-scene.ts";

export const STREAMS: readonly Stream[] = [traffic, readings, weather];

export interface AnalyticsBed {
  city: City;
  clock: HandClock;
  history: HistoryStore;
  batch: BatchStore;
  patterns: PatternStore;
  quality: QualityStore;
  serving: Serving;
  analytics: Analytics;
  url: string;
  /** Stores events; each has its fields in the stream's own JSON. */
  store: (stream: Stream, values: readonly Record<string, unknown>[]) => Promise<void>;
  /** Makes the roll-ups as far as they are final. */
  refresh: () => Promise<void>;
  /** Answers from now on are none of those that were kept. */
  later: () => void;
  end: () => Promise<void>;
}

const rules: Pick<City, "rush_hours" | "peak_hours" | "holidays"> = {
  rush_hours: [
    [7, 9],
    [17, 19],
  ],
  peak_hours: [
    [6, 10],
    [16, 20],
  ],
  holidays: ["2026-10-31"],
};

/** Roads have 1, 2, 3… km and 50 km/h. */
export async function analyticsBed(
  roads: readonly string[],
  now_ms: number,
  streams: readonly Stream[] = STREAMS,
): Promise<AnalyticsBed> {
  const bed = await postgresBed();
  const clock = new HandClock();
  clock.ms = now_ms;
  const city: City = { ...cityOf(roads), ...rules };
  const history = await bed.open();
  const batch = openPostgresBatch({ url: bed.url, zone: city.zone });
  const patterns = openPatterns(bed.url, city);
  const quality = openPostgresQuality({ url: bed.url });
  const log = openMemoryLog({ clock });
  const live = openMemoryLive({ clock });
  const serving = createServing({
    streams,
    live,
    history,
    batch,
    patterns,
    quality,
    log,
    city,
    clock,
    tick_ms: 0,
  });
  const offsets = new Map<Stream, number>();
  return {
    city,
    clock,
    history,
    batch,
    patterns,
    quality,
    serving,
    get analytics() {
      return serving.analytics!;
    },
    url: bed.url,
    async store(stream, values) {
      const from = offsets.get(stream) ?? 0;
      const events = values.map((value, i) => {
        const raw = {
          value: null,
          source: "test",
          received_at_ms: clock.now(),
          partition: 0,
          offset: from + i,
          backfill: false,
          dead_letter_id: null,
        };
        const event_id = `e${from + i}`;
        const decoded = decoderOf(stream).check({ event_id, ...value }, raw, { city, now_ms: clock.now() });
        if (!decoded.ok) throw new Error(`The test's event is none: ${JSON.stringify(decoded.reject)}`);
        return decoded.event;
      });
      const next_offset = from + events.length;
      offsets.set(stream, next_offset);
      const part = {
        partition: 0,
        expected_offset: from,
        next_offset,
        events,
        dead: [],
        last_record_hash: `${from}`,
      };
      const outcome = await history.append(stream, [part]);
      if (outcome.kind !== "stored") throw new Error("The test's batch was fenced");
    },
    async refresh() {
      for (const stream of streams) await batch.refresh(stream, { now_ms: clock.now() });
    },
    later() {
      clock.ms += 11_000;
    },
    async end() {
      await Promise.all([batch.close(), patterns.close(), quality.close(), log.close(), live.close()]);
      await bed.drop();
    },
  };
}

/** A range of all roads and days, compared with nothing. */
export const whole = (from: string, to: string): AnalyticsQuery => ({
  from_ms: Date.parse(from),
  to_ms: Date.parse(to),
  roads: null,
  weekdays: null,
  without_holidays: false,
  compared: null,
});
