/** What is sent: events of a city by a seed, with repeats, late ones, and values that are no events. */
import { Random } from "./random.ts";

export interface TrafficOptions {
  seed: number;
  roads?: number;
  /** Share of all events that the first road sends. */
  hot?: number;
  /** Share of records that repeat an earlier one, byte for byte. */
  duplicates?: number;
  /** Share of records that are no events. */
  malformed?: number;
  /** Share of events that are older than any lateness. */
  late?: number;
  /** Share of events without a key in the log: they go to any partition. */
  keyless?: number;
}

export interface Sent {
  kind: "event" | "repeat" | "malformed";
  /** Of the log's record. */
  key: string | null;
  /** Null is a tombstone. */
  value: Buffer | null;
  /** "" of what is malformed. */
  event_id: string;
}

export interface TrafficEvent {
  event_id: string;
  road_id: string;
  /** ISO 8601, UTC. */
  timestamp: string;
  current_speed: number;
  free_flow_speed: number;
}

/** How far event times are apart from when they are sent, ms. */
const JITTER_MS = 20_000;
const LATE_MS = [200_000, 3_600_000] as const;
/** Repeats are of one of the last so many. */
const RECENT = 5_000;

export class Traffic {
  /** Ids of all events made. */
  readonly ids = new Set<string>();
  /** Values that are no events, as base64; the tombstone is "". */
  readonly malformed = new Set<string>();
  readonly #options: Required<TrafficOptions>;
  readonly #random: Random;
  /** Event times that a road has used: no two of its events have the same one, so that one is the newest. */
  readonly #times = new Map<string, Set<number>>();
  readonly #recent: Sent[] = [];
  #seq = 0;

  constructor(options: TrafficOptions) {
    this.#options = {
      roads: 300,
      hot: 0.5,
      duplicates: 0.01,
      malformed: 0.005,
      late: 0.01,
      keyless: 0.02,
      ...options,
    };
    this.#random = new Random(options.seed);
  }

  /** @param now_ms About when its events happen. */
  next(now_ms: number): Sent {
    const { duplicates, malformed } = this.#options;
    const chance = this.#random.next();
    if (chance < malformed) return this.#malformed(now_ms);
    if (chance < malformed + duplicates && this.#recent.length > 0)
      return { ...this.#random.pick(this.#recent), kind: "repeat" };
    return this.#event(now_ms);
  }

  #event(now_ms: number): Sent {
    const { hot, roads, late, keyless } = this.#options;
    const random = this.#random;
    const road_id = random.next() < hot ? "road-0" : `road-${1 + random.below(roads - 1)}`;
    const back_ms = random.next() < late ? random.between(...LATE_MS) : random.between(0, JITTER_MS);
    const seq = this.#seq++;
    const event: TrafficEvent = {
      event_id: `s${this.#options.seed}-${seq}`,
      road_id,
      timestamp: new Date(this.#time(road_id, Math.floor(now_ms - back_ms))).toISOString(),
      current_speed: ((seq * 37) % 1_200) / 10,
      free_flow_speed: 100,
    };
    const key = random.next() < keyless ? null : road_id;
    const sent: Sent = {
      kind: "event",
      key,
      value: Buffer.from(JSON.stringify(event)),
      event_id: event.event_id,
    };
    this.ids.add(event.event_id);
    if (this.#recent.length < RECENT) this.#recent.push(sent);
    else this.#recent[seq % RECENT] = sent;
    return sent;
  }

  #time(road_id: string, wanted_ms: number): number {
    let used = this.#times.get(road_id);
    if (used === undefined) this.#times.set(road_id, (used = new Set()));
    let ms = wanted_ms;
    while (used.has(ms)) ms--;
    used.add(ms);
    return ms;
  }

  #malformed(now_ms: number): Sent {
    const n = this.#seq++;
    const event = { event_id: `bad-${n}`, road_id: "road-1", timestamp: new Date(now_ms).toISOString() };
    const values: readonly (Buffer | null)[] = [
      null,
      Buffer.alloc(0),
      Buffer.from([0xff, 0xfe, 0x00, n & 0xff]),
      Buffer.from(`{"event_id":"bad-${n}"`),
      Buffer.from(`[${n}]`),
      Buffer.from(JSON.stringify({ ...event, current_speed: -1 })),
      Buffer.from(JSON.stringify({ ...event, current_speed: 1e6 })),
      Buffer.from(
        `{"event_id":"bad-${n}","road_id":"road-1","timestamp":"${event.timestamp}","current_speed":1e999}`,
      ),
      Buffer.from(JSON.stringify({ ...event, current_speed: 50, road_id: undefined })),
      Buffer.from(JSON.stringify({ ...event, current_speed: 50, road_id: `a\u0000b${n}` })),
      Buffer.from(JSON.stringify({ ...event, current_speed: 50, timestamp: "2094-01-01T00:00:00Z" })),
      Buffer.from(JSON.stringify({ ...event, current_speed: 50, timestamp: "2026-02-30T10:00:00Z" })),
    ];
    const value = values[n % values.length] ?? null;
    this.malformed.add(value === null ? "" : value.toString("base64"));
    return { kind: "malformed", key: `road-${n % 50}`, value, event_id: "" };
  }
}
