/**
 * A client of the live feed, as a page is: it fetches the list, goes on from its cursor, and comes back with the last
 * id it was told when the connection is cut.
 */
import { formatCursor, parseCursor, type LogPosition } from "../../src/core/cursor.ts";
import type { Stream } from "../../src/core/stream.ts";
import { parseEvents, type Told } from "../../src/push/testing.ts";
import type { Chance } from "./chance.ts";
import { streams } from "./city.ts";
import type { Oracle } from "./oracle.ts";
import type { Replica } from "./replica.ts";
import { Process, START_MS, type World } from "./world.ts";

export interface Shown {
  at_ms: number;
  event_id: string;
  /** Where it came from: the hub must never go back behind what it said itself. */
  by: "hub" | "list";
}

const PATIENCE_MS = 2_500;

export class Client {
  readonly process: Process;
  readonly wanted: readonly Stream[];
  /** By stream and key. */
  readonly rows = new Map<string, Shown>();
  connected: Replica | null = null;
  resyncs = 0;
  readonly #world: World;
  readonly #chance: Chance;
  readonly #oracle: Oracle;
  readonly #replicas: () => readonly Replica[];
  readonly #tick_ms: number;
  #cursor: string | null = null;
  /** Raised whenever it turns to somebody else: what was under way is void. */
  #session = 0;
  #text = "";
  #close: () => void = () => {};
  slow_until_ms = 0;

  constructor(world: World, chance: Chance, oracle: Oracle, replicas: () => readonly Replica[], n: number) {
    this.#world = world;
    this.#chance = chance;
    this.#oracle = oracle;
    this.#replicas = replicas;
    this.process = new Process(`client-${n}`, world);
    this.wanted = n % 3 === 0 ? streams : [streams[n % 2]!];
    this.#tick_ms = chance.of([50, 200, 1_000]);
    world.after(chance.part() * 3_000, () => this.turn(), this.process);
  }

  /** Turns to any replica that is there, soon. */
  turn(): void {
    const session = ++this.#session;
    this.#close();
    this.#close = () => {};
    this.connected = null;
    this.#text = "";
    const again = (): void => {
      if (this.#session === session && this.connected === null) this.turn();
    };
    this.#world.after(PATIENCE_MS, again, this.process);
    const there = this.#replicas().filter(({ process }) => process.alive);
    if (there.length === 0) return;
    const replica = this.#chance.of(there);
    if (this.#cursor === null) this.#fetch(replica, session, () => this.#open(replica, session));
    else this.#open(replica, session);
  }

  cut(): void {
    if (this.connected !== null) this.turn();
  }

  /** A replica is dead: whoever was connected to it notices soon. */
  lost(replica: Replica): void {
    if (this.connected !== replica) return;
    const session = this.#session;
    this.#world.after(this.#chance.part() * 40, () => this.#over(session), this.process);
  }

  #open(replica: Replica, session: number): void {
    this.#reach(replica, () => {
      if (!replica.ready || this.#session !== session) return;
      const resume = this.#cursor === null ? null : replica.hub.parse(this.#cursor);
      const filter = { streams: this.wanted, bbox: null, keys: new Map<string, Set<string>>() };
      let arrive_ms = 0;
      const sink = {
        write: (bytes: Uint8Array): number | Promise<number> => {
          // In order, and perhaps late.
          arrive_ms = Math.max(arrive_ms + 0.001, this.#world.ms + this.#chance.part() * 20);
          const text = new TextDecoder().decode(bytes);
          this.#world.after(
            arrive_ms - this.#world.ms,
            () => this.#hear(session, replica, text),
            this.process,
          );
          const slow_ms = this.slow_until_ms - this.#world.ms;
          if (slow_ms <= 0) return bytes.length;
          return new Promise((done) => void this.#world.after(slow_ms, () => done(0), replica.process));
        },
        close: (): void => void this.#world.after(1, () => this.#over(session), this.process),
      };
      const { close } = replica.hub.subscribe({ filter, tick_ms: this.#tick_ms, resume }, sink);
      this.#world.after(
        this.#chance.part() * 5,
        () => {
          if (this.#session !== session) return this.#reach(replica, close);
          if (!replica.process.alive) return this.turn();
          this.connected = replica;
          this.#close = () => this.#reach(replica, close);
        },
        this.process,
      );
    });
  }

  #over(session: number): void {
    if (this.#session === session) this.turn();
  }

  /** Runs something in a replica, a little later; never when it is dead by then. */
  #reach(replica: Replica, work: () => void): void {
    this.#world.after(this.#chance.part() * 20, work, replica.process);
  }

  #fetch(replica: Replica, session: number, then: () => void): void {
    this.#reach(replica, () => {
      const asked = Promise.all(this.wanted.map((stream) => this.#oracle.ask(replica, stream)));
      asked.then(
        (answers) => {
          this.#world.after(
            this.#chance.part() * 20,
            () => {
              if (this.#session !== session) return;
              const position: Record<string, readonly number[]> = {};
              for (const [n, stream] of this.wanted.entries()) {
                this.#list(stream, answers[n]!.data);
                Object.assign(position, positionOf(answers[n]!.meta.cursor));
              }
              this.#cursor ??= formatCursor("simulated", position);
              then();
            },
            this.process,
          );
        },
        () => {},
      );
    });
  }

  #list(stream: Stream, data: readonly Readonly<Record<string, unknown>>[]): void {
    const listed = new Set<string>();
    for (const row of data) {
      const id = `${stream.name} ${String(row[stream.key])}`;
      listed.add(id);
      const at_ms = Date.parse(String(row[stream.event_time]));
      const before = this.rows.get(id);
      if (before === undefined || at_ms > before.at_ms)
        this.rows.set(id, { at_ms, event_id: String(row["event_id"]), by: "list" });
    }
    for (const [id, shown] of this.rows) {
      const ended = shown.at_ms + stream.live!.ttl_ms <= this.process.now();
      if (id.startsWith(`${stream.name} `) && !listed.has(id) && ended) this.rows.delete(id);
    }
  }

  #hear(session: number, replica: Replica, text: string): void {
    if (this.#session !== session) return;
    // A replica that dies takes the last bytes with it.
    const heard = replica.process.alive ? text : text.slice(0, Math.floor(this.#chance.part() * text.length));
    this.#text += heard;
    const end = this.#text.lastIndexOf("\n\n") + 2;
    const whole = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    for (const told of parseEvents(whole)) this.#told(session, replica, told);
    if (!replica.process.alive) this.turn();
  }

  #told(session: number, replica: Replica, { event, id, data }: Told): void {
    const said = JSON.parse(data) as { rows?: Record<string, unknown>[]; stream?: string; keys?: string[] };
    if (event === "resync") {
      this.resyncs++;
      for (const shown of this.rows.values()) shown.by = "list";
      this.#fetch(replica, session, () => {});
    }
    if (event === "bye") return this.turn();
    if (event === "gone")
      for (const key of said.keys ?? [])
        this.#gone(
          streams.find((s) => s.name === said.stream)!,
          key,
        );
    const stream = streams.find(({ name }) => name === event);
    if (stream !== undefined) for (const row of said.rows ?? []) this.#row(stream, row);
    if (id !== null) this.#cursor = id;
  }

  #row(stream: Stream, row: Record<string, unknown>): void {
    const id = `${stream.name} ${String(row[stream.key])}`;
    const [at_ms, event_id] = [Date.parse(String(row[stream.event_time])), String(row["event_id"])];
    const before = this.rows.get(id);
    if (before !== undefined && at_ms < before.at_ms) {
      if (before.by === "hub")
        this.#world.fault(
          `${this.process.name} was shown an older state of ${id}: ${event_id} of ${at_ms - START_MS} after ${before.event_id} of ${before.at_ms - START_MS}`,
        );
      return;
    }
    this.rows.set(id, { at_ms, event_id, by: "hub" });
  }

  #gone(stream: Stream, key: string): void {
    const id = `${stream.name} ${key}`;
    const before = this.rows.get(id);
    if (before === undefined) return;
    if (before.at_ms + stream.live!.ttl_ms <= this.process.now()) this.rows.delete(id);
    else if (before.by === "hub")
      this.#world.fault(`${this.process.name} was told that ${id} is gone, which lives`);
  }
}

const positionOf = (cursor: string): LogPosition => {
  const position = parseCursor("simulated", cursor);
  if (position === null) throw new Error(`The cursor ${cursor} is none of the log's`);
  return position;
};
