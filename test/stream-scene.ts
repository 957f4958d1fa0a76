/** A serving layer over any streams, all in memory: what is sent is decoded as the layers do, and is at once live and stored. */
import type { City } from "../src/core/city.ts";
import { decoderOf } from "../src/core/decode.ts";
import type { Event, Reject } from "../src/core/event.ts";
import { answerRow } from "../src/core/json.ts";
import type { Stream } from "../src/core/stream.ts";
import { openMemoryHistory } from "../src/history/memory-history.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import type { Serving } from "../src/serving/answer.ts";
import { createServing } from "../src/serving/serving.ts";
import { cityOf, HandClock } from "./serving-scene.ts";

export interface StreamScene {
  clock: HandClock;
  city: City;
  serving: Serving;
  /** Values as producers send them, into partition 0. @returns what was refused. */
  send: (stream: Stream, values: readonly object[]) => Promise<readonly Reject[]>;
}

export function streamScene(streams: readonly Stream[], more: Partial<City> = {}): StreamScene {
  const clock = new HandClock();
  const city: City = { ...cityOf(["a", "b"]), salt: "salt", ...more };
  const live = openMemoryLive({ clock });
  const history = openMemoryHistory({ clock });
  const log = { ends: async () => [], epoch: async () => "e" };
  const serving = createServing({ streams, live, history, log, city, clock, tick_ms: 0 });
  const offsets = new Map<string, number>();

  async function send(stream: Stream, values: readonly object[]): Promise<readonly Reject[]> {
    const expected_offset = offsets.get(stream.name) ?? 0;
    const raws = values.map((value, n) => ({
      value: Buffer.from(JSON.stringify(value)),
      source: "test",
      received_at_ms: clock.now(),
      partition: 0,
      offset: expected_offset + n,
      backfill: false,
      dead_letter_id: null,
    }));
    const decoded = decoderOf(stream).decode(raws, { city, now_ms: clock.now() });
    const events = decoded.flatMap((one): Event[] => (one.ok ? [one.event] : []));
    const next_offset = expected_offset + values.length;
    offsets.set(stream.name, next_offset);
    await history.append(stream, [
      { partition: 0, expected_offset, next_offset, events, dead: [], last_record_hash: `${next_offset}` },
    ]);
    if (stream.live !== null) {
      const newest = new Map(
        events.toSorted((a, b) => a.event_time_ms - b.event_time_ms).map((event) => [event.key, event]),
      );
      const rows = [...newest.values()].map((event) => ({ ...event, row: answerRow(stream, event) }));
      await live.put(stream, rows, [{ partition: 0, next_offset }]);
    }
    return decoded.flatMap((one) => (one.ok ? [] : [one.reject]));
  }
  return { clock, city, serving, send };
}
