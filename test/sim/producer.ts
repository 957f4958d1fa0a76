/**
 * Producers, as strangers with Kafka would be: they write to the log by themselves, try again when they are not
 * answered, repeat, come late, and now and then send what is no event.
 */
import { formatInstant, minutes, seconds } from "../../src/core/time.ts";
import type { Log, NewRecord } from "../../src/log/log.ts";
import { Chance } from "./chance.ts";
import { spots, streamOf, traffic } from "./city.ts";
import { Link } from "./link.ts";
import type { Servers } from "./servers.ts";
import { Process, type World } from "./world.ts";
import { LogUnavailableError } from "../../src/core/errors.ts";

/** What became of a value that was sent, as its sender knows it. */
export interface Sent {
  topic: string;
  kind: "event" | "malformed" | "tombstone";
  key: string;
  at_ms: number;
  backfill: boolean;
}

const EVENTS_MIN = 505;
const ROADS = 12;
const SPOTS = 6;

const encoder = new TextEncoder();

export class Producers {
  /** By number, which is in the header, in the id and in the measure. */
  readonly sent = new Map<number, Sent>();
  readonly #world: World;
  readonly #chance: Chance;
  readonly #process: Process;
  readonly #log: Log;
  readonly #link: Link;
  #left: number;
  #number = 0;
  #busy = 0;

  constructor(world: World, servers: Servers) {
    this.#world = world;
    this.#chance = new Chance(world.seed, "producer");
    this.#left = EVENTS_MIN + this.#chance.whole(0, 25);
    this.#process = new Process("producer", world);
    this.#log = world.within(this.#process, () => servers.openLog(this.#process));
    this.#link = new Link(world, this.#process, { lost: 0.02, unheard: 0.03, slow: 0.03 }, (message) => {
      return new LogUnavailableError(message);
    });
  }

  get done(): boolean {
    return this.#left <= 0 && this.#busy === 0;
  }

  /** Sends everything within a time, in bursts. */
  start(within_ms: number): void {
    const burst = (): void => {
      if (this.#left <= 0) return;
      const topic = this.#chance.is(0.7) ? traffic.topic : spots.topic;
      const records: NewRecord[] = [];
      for (let n = this.#chance.whole(1, 10); n > 0; n--) records.push(this.#record(topic));
      this.#left -= records.length;
      this.#busy++;
      void this.#send(topic, records);
      if (this.#chance.is(0.04)) {
        this.#busy++;
        this.#world.after(this.#chance.part() * 3_000, () => void this.#again(topic, records));
      }
      this.#world.after((this.#chance.part() * 2 * within_ms) / 100, burst, this.#process);
    };
    this.#world.after(0, burst, this.#process);
  }

  async #again(topic: string, records: readonly NewRecord[]): Promise<void> {
    await this.#send(topic, this.#chance.is(0.5) ? records : records.slice(0, 1));
  }

  async #send(topic: string, records: readonly NewRecord[]): Promise<void> {
    for (;;) {
      try {
        await this.#link.ask("append", () => this.#log.append(topic, records));
        this.#busy--;
        return;
      } catch (error) {
        if (!(error instanceof LogUnavailableError)) throw error;
      }
    }
  }

  #record(topic: string): NewRecord {
    const number = this.#number++;
    const luck = this.#chance.part();
    const kind: Sent["kind"] = luck < 0.015 ? "malformed" : luck < 0.025 ? "tombstone" : "event";
    const ahead = luck >= 0.025 && luck < 0.04;
    const key =
      topic === traffic.topic
        ? `road-${this.#chance.is(0.4) ? 0 : this.#chance.whole(1, ROADS)}`
        : `spot-${this.#chance.whole(0, SPOTS)}`;
    const backfill = kind === "event" && !ahead && this.#chance.is(0.02);
    const now_ms = this.#process.now();
    const at_ms = ahead
      ? now_ms + minutes(2) + this.#chance.whole(-5_000, 60_000)
      : now_ms - this.#age(topic, backfill);
    this.sent.set(number, { topic, kind, key, at_ms, backfill });
    const headers = { number: String(number), source: "producer", ...(backfill ? { backfill: "1" } : {}) };
    const value =
      kind === "tombstone"
        ? null
        : encoder.encode(this.#json(topic, key, number, at_ms, kind === "malformed"));
    return { key, value, headers };
  }

  #json(topic: string, key: string, number: number, at_ms: number, malformed: boolean): string {
    const event_id = `n${number}`;
    const timestamp = formatInstant(at_ms);
    const value =
      streamOf(topic) === traffic
        ? { event_id, timestamp, road_id: key, current_speed: (number % 30_000) / 100, free_flow_speed: 50 }
        : { event_id, timestamp, spot: key, v: number };
    if (!malformed) return JSON.stringify(value);
    return this.#chance.of([
      `{"event_id":"${event_id}"`,
      JSON.stringify({ ...value, timestamp: "yesterday" }),
      JSON.stringify({ ...value, current_speed: -1, v: -1 }),
      "[]",
    ]);
  }

  /** Most are new; some come out of order, some very late, and a clock may be a little ahead. */
  #age(topic: string, backfill: boolean): number {
    if (backfill) return minutes(11) + this.#chance.whole(0, minutes(30));
    const luck = this.#chance.part();
    if (luck < 0.05) return -this.#chance.whole(0, seconds(topic === traffic.topic ? 100 : 3));
    if (luck < 0.8) return this.#chance.whole(0, 1_000);
    if (luck < 0.95) return this.#chance.whole(0, seconds(20));
    return this.#chance.whole(0, minutes(12));
  }
}
