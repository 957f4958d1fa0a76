/** For tests: time turned by hand, and a client that reads what it is sent. */
import type { Event } from "../core/event.ts";
import { flag, number, text } from "../core/field.ts";
import { defineStream, type Stream } from "../core/stream.ts";
import { minutes, seconds, type Clock } from "../core/time.ts";
import type { Sink } from "./hub.ts";
import type { Schedule } from "./wheel.ts";

export const START_MS = Date.UTC(2026, 10, 21, 10);

/** A clock and a timer that move only when `pass` says so. */
export class HandClock implements Clock {
  #ms = 0;
  readonly #timers = new Set<{ at_ms: number; run: () => void }>();

  now = (): number => START_MS + this.#ms;
  monotonic = (): number => this.#ms;

  readonly schedule: Schedule = (run, delay_ms) => {
    const timer = { at_ms: this.#ms + delay_ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  pass(ms: number): void {
    const until = this.#ms + ms;
    for (;;) {
      const [next] = [...this.#timers].filter((t) => t.at_ms <= until).sort((a, b) => a.at_ms - b.at_ms);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#ms = Math.max(this.#ms, next.at_ms);
      next.run();
    }
    this.#ms = until;
  }
}

export const spots: Stream = defineStream({
  name: "spots",
  label: "Spots",
  doc: "States that move.",
  topic: "spots-raw",
  partitions: 2,
  fields: {
    spot: text("Key."),
    v: number("Value.", { unit: "1", min: 0, max: 1e9, decimals: 0 }),
    on: flag("A flag.", { optional: true }),
  },
  key: "spot",
  event_time: "timestamp",
  expected_period_ms: seconds(10),
  live: { hash: "spot:{spot}", ttl_ms: minutes(10) },
  history: { table: "spots", retention_ms: null },
});

/** No live view: each event counts, none replaces another. */
export const alarms: Stream = defineStream({
  name: "alarms",
  label: "Alarms",
  doc: "Events.",
  topic: "alarms-raw",
  partitions: 1,
  fields: { spot: text("Key."), v: number("Value.", { unit: "1", min: 0, max: 1e9, decimals: 0 }) },
  key: "spot",
  event_time: "timestamp",
  expected_period_ms: seconds(10),
  history: { table: "alarms", retention_ms: null },
});

export const event = (key: string, v: number, at: Partial<Event> = {}): Event => ({
  key,
  event_id: `${key}-${v}`,
  event_time_ms: START_MS + v,
  row: { spot: key, v, on: null },
  source: "test",
  received_at_ms: START_MS,
  partition: 0,
  offset: 0,
  backfill: false,
  dead_letter_id: null,
  unknown_fields: 0,
  ...at,
});

export interface Told {
  event: string | null;
  id: string | null;
  retry: number | null;
  data: string;
}

/** Blocks of an event stream, in order. Text after the last blank line is left out. */
export function parseEvents(stream: string): Told[] {
  return stream
    .split("\n\n")
    .slice(0, -1)
    .map((block) => {
      const told: Told = { event: null, id: null, retry: null, data: "" };
      const data: string[] = [];
      for (const line of block.split("\n")) {
        const [name, value] = [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)];
        if (name === "event") told.event = value;
        else if (name === "id") told.id = value;
        else if (name === "retry") told.retry = Number(value);
        else if (name === "data") data.push(value);
      }
      told.data = data.join("\n");
      return told;
    });
}

/** A sink that reads all, or, while `full`, nothing. */
export class TestSink implements Sink {
  readonly told: Told[] = [];
  writes = 0;
  closed: "slow" | "end" | null = null;
  full = false;
  #drained: PromiseWithResolvers<number> | null = null;

  write(bytes: Uint8Array): number | Promise<number> {
    this.writes++;
    this.told.push(...parseEvents(new TextDecoder().decode(bytes)));
    if (!this.full) return bytes.length;
    return (this.#drained ??= Promise.withResolvers<number>()).promise;
  }

  close(slow: boolean): void {
    this.closed = slow ? "slow" : "end";
  }

  /** Reads again. */
  async drain(): Promise<void> {
    this.full = false;
    this.#drained?.resolve(0);
    this.#drained = null;
    await new Promise((done) => setImmediate(done));
  }

  named(name: string): Told[] {
    return this.told.filter((t) => t.event === name);
  }

  /** Values of rows as `key=v`, in order of arrival; `key gone` for those that went. */
  get rows(): string[] {
    return this.told.flatMap((t) => {
      const data = t.event === null || t.data === "" ? {} : (JSON.parse(t.data) as Record<string, unknown>);
      if (t.event === "gone") return (data["keys"] as string[]).map((key) => `${key} gone`);
      return ((data["rows"] ?? []) as { spot: string; v: number }[]).map((row) => `${row.spot}=${row.v}`);
    });
  }

  get lastId(): string {
    return this.told.findLast((t) => t.id !== null)!.id!;
  }
}
