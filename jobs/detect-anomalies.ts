/** Log → notifications of roads that are far outside what was expected of them. One replica does it for all. */
import { HistoryUnavailableError } from "../src/core/errors.ts";
import type { City } from "../src/core/city.ts";
import { decodeRecords } from "../src/core/records.ts";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { days, type Clock } from "../src/core/time.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import type { Log } from "../src/log/log.ts";
import type { Held } from "../src/log/progress-watch.ts";
import { anomalyConsumer } from "../src/prediction/anomaly/consumer.ts";
import type { AnomalyEvent } from "../src/prediction/anomaly/told.ts";
import type { Door } from "../src/sources/door.ts";
import { notifications } from "../src/streams/notifications.ts";
import { predictions } from "../src/streams/predictions.ts";
import { traffic } from "../src/streams/traffic.ts";
import type { Service } from "./service.ts";

export interface DetectAnomaliesOptions {
  log: Log;
  history: Pick<HistoryStore, "raw">;
  door: Pick<Door, "accept">;
  /** All of this process, with its retention. */
  streams: readonly Stream[];
  city: City;
  clock: Clock;
  onWarning: (part: string, message: string) => void;
  /** How long what was before is waited for at a start. */
  wait_ms?: number;
}

export interface DetectAnomalies {
  service: Service;
  held(): readonly Held[];
}

/** Records of the topic of notifications that are looked at, at most: its last ones. */
const TOLD_RECORDS = limits.anomalies_told_max;

/** Null on an installation without roads, predictions or notifications among its streams. */
export function detectAnomalies(options: DetectAnomaliesOptions): DetectAnomalies | null {
  const { log, history, door, streams, city, clock, onWarning, wait_ms } = options;
  const named = ({ name }: Stream): Stream | undefined => streams.find((stream) => stream.name === name);
  const [roads, ahead, alerts] = [named(traffic), named(predictions), named(notifications)];
  if (roads === undefined || ahead === undefined || alerts === undefined) return null;

  /** Of the last day in history; and in the log, where what was just told is before it is stored. */
  async function told(): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    try {
      const now_ms = clock.now();
      const span = { from_ms: now_ms - days(1), to_ms: now_ms + limits.event_future_max_ms };
      for (const { key, event_id } of await history.raw(alerts!, {
        ...span,
        limit: Math.min(TOLD_RECORDS, limits.range_rows_max),
        descending: true,
      }))
        if (key === "anomaly") ids.add(event_id);
    } catch (error) {
      if (!(error instanceof HistoryUnavailableError)) throw error;
      onWarning("detect-anomalies", `what was told before is looked up in the log alone: ${error.message}`);
    }
    for (const { partition, start_offset, end_offset } of await log.ends([alerts!.topic])) {
      let offset = Math.max(start_offset, end_offset - TOLD_RECORDS);
      while (offset < end_offset) {
        const records = await log.read(alerts!.topic, partition, offset, end_offset - offset);
        if (records.length === 0) break;
        for (const one of decodeRecords(alerts!, partition, records, { city, now_ms: clock.now() }))
          if (one.ok && one.event.key === "anomaly") ids.add(one.event.event_id);
        offset = records.at(-1)!.offset + 1;
      }
    }
    return ids;
  }

  const consumer = anomalyConsumer({
    log,
    traffic: roads,
    predictions: ahead,
    city,
    clock,
    told,
    async tell(events: readonly AnomalyEvent[]) {
      await door.accept(alerts, events, { source: "anomaly" });
    },
    ...(wait_ms === undefined ? {} : { wait_ms }),
  });
  return {
    service: { name: "detect-anomalies", run: (signal) => consumer.run(signal) },
    held: () => consumer.held(),
  };
}
