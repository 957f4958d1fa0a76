/**
 * What must hold: while a run goes on, that nothing claims more than it has; after it, that every value that was sent
 * is where it belongs, once. The oracle looks into the servers themselves, never through the product.
 */
import { foldWindows } from "../../src/core/window.ts";
import type { Stream } from "../../src/core/stream.ts";
import type { Row } from "../../src/core/event.ts";
import type { Value } from "../../src/core/field.ts";
import type { AnswerRow } from "../../src/core/json.ts";
import { parseCursor } from "../../src/core/cursor.ts";
import type { Answer, CurrentRow, Layer } from "../../src/serving/answer.ts";
import { isNewer } from "../../src/live/newest.ts";
import type { RawRow } from "../../src/history/history-store.ts";
import type { Client } from "./client.ts";
import { streams } from "./city.ts";
import { GroundTruth, type Known } from "./ground-truth.ts";
import type { Producers } from "./producer.ts";
import type { Replica } from "./replica.ts";
import type { Servers } from "./servers.ts";
import { START_MS, type World } from "./world.ts";

const EVER = { from_ms: 0, to_ms: START_MS * 2, limit: 5_000 };
/** An answer may come from what was read so long before. */
const KEPT_MS = 1_000;

export class Oracle {
  readonly #world: World;
  readonly #servers: Servers;
  readonly #producers: Producers;
  readonly truth: GroundTruth;
  readonly #due = new Set<number>();
  /** When the live view was last seen behind history. */
  readonly #behind_ms = new Map<Stream, number>();

  constructor(world: World, servers: Servers, producers: Producers) {
    this.#world = world;
    this.#servers = servers;
    this.#producers = producers;
    this.truth = new GroundTruth(world, servers, producers);
  }

  /** Asks for a list, and looks whether the answer is honest. */
  async ask(replica: Replica, stream: Stream): Promise<Answer<readonly CurrentRow[]>> {
    const asked_ms = this.#world.ms;
    this.glance();
    const answer = await replica.serving.current(stream, {});
    const { meta, data } = answer;
    const position = parseCursor("simulated", meta.cursor)?.[stream.name] ?? null;
    if (position === null) this.#world.fault(`an answer of ${stream.name} has no cursor of this log`);
    else {
      const shown = new Map(
        data.map((row) => [String(row[stream.key]), Date.parse(String(row[stream.event_time]))]),
      );
      this.#holds(`an answer (${meta.layer})`, stream, position, (key) => shown.get(key));
    }
    const newest = data.reduce((most, row) => Math.max(most, Date.parse(row.as_of)), -Infinity);
    if (meta.as_of !== null && Date.parse(meta.as_of) !== newest)
      this.#world.fault(
        `an answer of ${stream.name} says as_of ${meta.as_of}, its newest row is of ${newest}`,
      );
    this.#layerIsHonest(stream, meta.layer, replica, asked_ms);
    return answer;
  }

  #layerIsHonest(stream: Stream, layer: Layer, { links, process }: Replica, asked_ms: number): void {
    const { away, away_from_ms, failed_ms } = links.live;
    if (layer === "speed" && away && away_from_ms < asked_ms - 2.5 * KEPT_MS)
      this.#world.fault(`an answer of ${stream.name} says speed, but the live view is away`);
    const { emptied_ms } = this.#servers.live;
    const behind_ms = this.#behind_ms.get(stream) ?? 0;
    const ill_ms = Math.max(0, failed_ms, process.frozen_until_ms, emptied_ms, behind_ms);
    if (layer === "batch" && ill_ms + 4 * KEPT_MS < asked_ms && !away && this.#isFilled(stream))
      this.#world.fault(`an answer of ${stream.name} says batch, although the live view is there`);
  }

  /** Now and then: is the live view behind history? */
  glance(): void {
    for (const stream of streams) if (!this.#isFilled(stream)) this.#behind_ms.set(stream, this.#world.ms);
  }

  /** The live view holds something, and all that history does. */
  #isFilled(stream: Stream): boolean {
    const { rows, applied } = this.#live(stream);
    const ledger = this.#servers.history_store.ledger(stream.name);
    return rows.size > 0 && ledger.every((row) => row.next_offset <= (applied[row.partition] ?? 0));
  }

  /** At any moment: what says how far it is, is as far. */
  lookAround(replicas: readonly Replica[]): void {
    for (const stream of streams) {
      this.#liveIsHonest(stream);
      this.#historyIsHonest(stream);
      for (const { process, batch } of replicas)
        if (process.alive && !process.frozen) this.#watermarkIsHonest(stream, batch.watermark(stream));
    }
  }

  /** What keeps it from rest; null when all that was sent has arrived everywhere. */
  unrest(replicas: readonly Replica[], clients: readonly Client[]): string | null {
    if (!this.#producers.done) return "producers are still sending";
    for (const stream of streams) {
      const ends = this.truth.ends(stream);
      const stored = ends.map((_, p) => this.#ledger(stream, p)?.next_offset ?? 0);
      if (stored.join() !== ends.join()) return `history of ${stream.name} is at ${stored} of ${ends}`;
      const live = this.#live(stream).applied;
      if (ends.some((end, p) => end > (live[p] ?? 0))) return `live ${stream.name} is at ${live} of ${ends}`;
      for (const { process, hub, ready } of replicas) {
        if (!ready) return `the hub of ${process.name} is not ready`;
        const at = ends.map((_, p) => hub.position(stream, p) ?? 0);
        if (at.join() !== ends.join()) return `the hub of ${process.name} is at ${at} of ${ends}`;
      }
    }
    const away = clients.find((client) => client.connected === null);
    return away === undefined ? null : `${away.process.name} is not connected`;
  }

  /** When all is quiet. */
  atRest(clients: readonly Client[]): void {
    for (const stream of streams) {
      const records = this.truth.partitions(stream).flat();
      const raw = this.#servers.history_store.table(stream).raw(EVER);
      this.#eachOnce(stream, records, raw);
      this.#ledgerAddsUp(stream, records, raw);
      this.#windowsAreRecomputed(stream, raw);
      this.#liveIsNewest(stream, raw);
      for (const client of clients) if (client.wanted.includes(stream)) this.#clientShows(client, stream);
    }
  }

  #eachOnce(stream: Stream, records: readonly Known[], raw: readonly RawRow[]): void {
    const times = new Map<string, number>();
    for (const { event_id } of raw) times.set(event_id, (times.get(event_id) ?? 0) + 1);
    const letters = this.#servers.history_store.letters.list({ stream: stream.name, limit: 5_000 });
    const dead = new Map<string, number>();
    for (const { partition, offset } of letters)
      dead.set(`${partition} ${offset}`, (dead.get(`${partition} ${offset}`) ?? 0) + 1);
    const due = new Set<string>();
    for (const { number, good } of records) if (good) due.add(`n${number}`);
    for (const { number, kind, good, partition, offset } of records) {
      const id = `n${number}`;
      const [stored, died] = [times.get(id) ?? 0, dead.get(`${partition} ${offset}`) ?? 0];
      if (stored === (due.has(id) ? 1 : 0) && died === (good ? 0 : 1)) continue;
      return this.#world.fault(
        `${stream.name}-${partition}@${offset} (${kind} ${id}) is ${stored} times stored and ${died} times dead`,
      );
    }
    for (const id of times.keys())
      if (!due.has(id)) return this.#world.fault(`${id} is stored in ${stream.name}, and was never sent`);
  }

  #ledgerAddsUp(stream: Stream, records: readonly Known[], raw: readonly RawRow[]): void {
    for (const [partition, end_offset] of this.truth.ends(stream).entries()) {
      if (end_offset === 0) continue;
      const row = this.#ledger(stream, partition);
      const here = records.filter((record) => record.partition === partition);
      const stored = raw.filter((one) => one.partition === partition);
      const letters = this.#servers.history_store.letters
        .list({ stream: stream.name, limit: 5_000 })
        .filter((letter) => letter.partition === partition);
      const wanted = {
        next_offset: end_offset,
        consumed: end_offset,
        stored: stored.length,
        duplicate: end_offset - stored.length - letters.length,
        dead: letters.length,
        late: lateOf(stream, here, new Set(stored.map((one) => one.event_id))),
      };
      for (const [term, value] of Object.entries(wanted)) {
        const is = row?.[term as keyof typeof wanted];
        if (is !== value)
          this.#world.fault(`the ledger of ${stream.name}-${partition} says ${term} ${is}, it is ${value}`);
      }
    }
  }

  #windowsAreRecomputed(stream: Stream, raw: readonly RawRow[]): void {
    const kept = this.#servers.history_store.table(stream).windows(EVER);
    const folded = foldWindows(
      stream.windows!,
      raw.map(({ key, event_time_ms, row }) => ({ key, event_time_ms, row: measures(stream, row) })),
    );
    if (JSON.stringify(kept) !== JSON.stringify(folded))
      this.#world.fault(`windows of ${stream.name} are not those of its raw rows`);
  }

  #liveIsNewest(stream: Stream, raw: readonly RawRow[]): void {
    const newest = new Map<string, RawRow>();
    for (const row of raw) {
      const before = newest.get(row.key);
      if (this.#lives(stream, row.event_time_ms) && (before === undefined || isNewer(row, before)))
        newest.set(row.key, row);
    }
    const { rows } = this.#live(stream);
    for (const [key, { event_id, event_time_ms }] of newest) {
      const live = rows.get(key);
      if (live?.event_time_ms !== event_time_ms)
        return this.#world.fault(
          `live ${stream.name} ${key} is ${JSON.stringify(live?.event_id)} of ${(live?.event_time_ms ?? START_MS) - START_MS}, the newest stored is ${event_id} of ${event_time_ms - START_MS}`,
        );
    }
    for (const key of rows.keys())
      if (!newest.has(key))
        return this.#world.fault(`live ${stream.name} has ${key}, of which nothing lives`);
  }

  #clientShows(client: Client, stream: Stream): void {
    const { rows } = this.#live(stream);
    for (const [key, live] of rows) {
      const shown = client.rows.get(`${stream.name} ${key}`);
      if (shown?.at_ms !== live.event_time_ms)
        return this.#world.fault(
          `${client.process.name} shows ${stream.name} ${key} as ${shown?.event_id} of ${(shown?.at_ms ?? START_MS) - START_MS}, live is ${live.event_id} of ${live.event_time_ms - START_MS}`,
        );
    }
    for (const [id, shown] of client.rows) {
      const key = id.slice(stream.name.length + 1);
      if (!id.startsWith(`${stream.name} `) || rows.has(key)) continue;
      if (shown.at_ms + stream.live!.ttl_ms < this.#world.wall_ms - 5_000)
        return this.#world.fault(`${client.process.name} shows ${id}, which ended long ago`);
    }
  }

  #liveIsHonest(stream: Stream): void {
    const { rows, applied } = this.#live(stream);
    this.#holds("the live view", stream, applied, (key) => rows.get(key)?.event_time_ms);
  }

  /** Everything before a position is in the data, by event time. */
  #holds(
    what: string,
    stream: Stream,
    position: readonly number[],
    shown: (key: string) => number | undefined,
  ): void {
    for (const [partition, records] of this.truth.partitions(stream).entries()) {
      for (const { good, offset, key, at_ms, number } of records) {
        if (offset >= (position[partition] ?? 0)) break;
        // The answer was read a little before: what ends about now may be in it or not.
        if (!good || !this.#lives(stream, at_ms - 1) || (shown(key) ?? -Infinity) >= at_ms) continue;
        return this.#world.fault(
          `${what} of ${stream.name} is said to hold all before ${position.join()}, but not n${number} at ${partition}@${offset} of ${key}`,
        );
      }
    }
  }

  #historyIsHonest(stream: Stream): void {
    const stored = this.#servers.history_store.table(stream).count;
    for (const [partition, records] of this.truth.partitions(stream).entries()) {
      const next_offset = this.#ledger(stream, partition)?.next_offset ?? 0;
      if (next_offset > this.truth.ends(stream)[partition]!)
        return this.#world.fault(
          `history of ${stream.name}-${partition} stands at ${next_offset}, behind the log's end`,
        );
      for (const { good, offset, number } of records) {
        if (offset >= next_offset) break;
        if (good) this.#due.add(number);
      }
    }
    const due = this.#due.size;
    this.#due.clear();
    if (stored < due)
      this.#world.fault(`history of ${stream.name} holds ${stored} events, but stands behind ${due}`);
  }

  /** Where it is ahead of the events that are stored, it must not be by the clock while others wait in the log. */
  #watermarkIsHonest(stream: Stream, watermark_ms: number | null): void {
    if (watermark_ms === null) return;
    for (const [partition, records] of this.truth.partitions(stream).entries()) {
      const row = this.#ledger(stream, partition);
      if ((row?.watermark_ms ?? -Infinity) >= watermark_ms) continue;
      for (const { offset, timestamp_ms } of records) {
        if (offset < (row?.next_offset ?? 0) || timestamp_ms >= watermark_ms) continue;
        return this.#world.fault(
          `the watermark of ${stream.name} passes by the clock what waits at ${partition}@${offset}`,
        );
      }
    }
  }

  #ledger(stream: Stream, partition: number) {
    return this.#servers.history_store.ledger(stream.name).find((row) => row.partition === partition);
  }

  #live(stream: Stream) {
    return this.#servers.look(stream);
  }

  #lives(stream: Stream, at_ms: number): boolean {
    return at_ms + stream.live!.ttl_ms > this.#world.wall_ms;
  }
}

const measures = (stream: Stream, row: AnswerRow): Row => {
  const out: Row = {};
  for (const name of stream.field_names) {
    const value = row[name] ?? null;
    if (!Array.isArray(value)) out[name] = value as Value;
  }
  return out;
};

/** Late by the law: below what its partition's watermark was when it came, less the lateness. */
function lateOf(stream: Stream, records: readonly Known[], stored: Set<string>): number {
  let newest_ms = -Infinity;
  let late = 0;
  for (const { number, good, at_ms, backfill } of records) {
    if (!good || !stored.delete(`n${number}`)) continue;
    if (!backfill && at_ms < newest_ms - stream.lateness_ms) late++;
    newest_ms = Math.max(newest_ms, at_ms);
  }
  return late;
}
