/** What the laws of history are written with: events, batches, and the state they are compared by. */
import type { CityRules } from "../core/city.ts";
import { decoderOf, type RawValue } from "../core/decode.ts";
import type { DeadLetter, Event } from "../core/event.ts";
import type { Stream } from "../core/stream.ts";
import { days, hours, minutes } from "../core/time.ts";
import type { HistoryStore, PartBatch, RangeQuery, RawRow } from "./history-store.ts";

export interface HistoryBed {
  /** Traffic, and a second stream that has the same fields and tables of its own. */
  traffic: Stream;
  other: Stream;
  /** Another instance on the same database, migrated. */
  open: () => Promise<HistoryStore>;
  drop(): Promise<void>;
}

export interface HistoryLaw {
  name: string;
  /** Throws when it does not hold. */
  holds(bed: HistoryBed): Promise<void>;
}

/** Noon of a Wednesday; tests live around it. */
export const NOON = Date.UTC(2026, 6, 15, 12);
export const CITY: CityRules = {
  city_id: "test",
  zone: "Europe/Berlin",
  rush_hours: [
    [7, 9],
    [16, 19],
  ],
  peak_hours: [[6, 10]],
  holidays: [],
};

export interface Sent {
  key: string;
  /** ms after noon. */
  at_ms: number;
  event_id: string;
  speed: number;
  free?: number | null;
  name?: string;
  backfill?: boolean;
  dead_letter_id?: string;
}

export function eventOf(stream: Stream, sent: Sent, partition: number, offset: number): Event {
  const raw: RawValue = {
    value: null,
    source: "test",
    received_at_ms: NOON + offset,
    partition,
    offset,
    backfill: sent.backfill ?? false,
    dead_letter_id: sent.dead_letter_id ?? null,
  };
  const value = {
    event_id: sent.event_id,
    timestamp: new Date(NOON + sent.at_ms).toISOString(),
    road_id: sent.key,
    road_name: sent.name ?? null,
    current_speed: sent.speed,
    free_flow_speed: sent.free ?? null,
  };
  const decoded = decoderOf(stream).check(value, raw, { city: CITY, now_ms: NOON + days(3) });
  if (!decoded.ok) throw new Error(`The test's event is none: ${JSON.stringify(decoded.reject)}`);
  return decoded.event;
}

/** One partition's records from an offset on, as events. */
export const partOf = (
  stream: Stream,
  partition: number,
  from: number,
  sent: readonly Sent[],
): PartBatch => ({
  partition,
  expected_offset: from,
  next_offset: from + sent.length,
  events: sent.map((one, i) => eventOf(stream, one, partition, from + i)),
  dead: [],
  last_record_hash: sent.length === 0 ? null : `${from + sent.length - 1}:${sent.at(-1)!.event_id}`,
});

export const letterOf = (
  stream: Stream,
  partition: number,
  offset: number,
  over: Partial<DeadLetter> = {},
): DeadLetter => ({
  reason: "range",
  pointer: "/current_speed",
  value: "-1",
  rule: "must be at least 0",
  topic: stream.topic,
  partition,
  offset,
  source: "test",
  received_at_ms: NOON + offset,
  payload: Buffer.from(`{"current_speed":-1,"n":${offset}}`),
  payload_bytes: 30,
  payload_sha256: String(offset).padStart(64, "0"),
  dead_letter_id: null,
  ...over,
});

export const ALL: Pick<RangeQuery, "from_ms" | "to_ms" | "limit"> = {
  from_ms: NOON - days(3),
  to_ms: NOON + days(3),
  limit: 5_000,
};

export const rawIds = async (store: HistoryStore, stream: Stream): Promise<string[]> =>
  (await store.raw(stream, ALL)).map(idOf);

export const idOf = (row: RawRow): string => `${row.event_time_ms - NOON} ${row.key} ${row.event_id}`;

/** Every key's `consumed = stored + duplicate + dead`, and the tables hold what the ledger says. */
export async function assertLedger(store: HistoryStore, stream: Stream): Promise<void> {
  const ledger = await store.ledger(stream);
  let stored = 0;
  let dead = 0;
  for (const row of ledger) {
    if (row.consumed !== row.stored + row.duplicate + row.dead)
      throw new Error(`The ledger does not add up: ${JSON.stringify(row)}`);
    stored += row.stored;
    dead += row.dead;
  }
  const recount = await store.recount(stream);
  if (recount.rows !== stored || recount.dead !== dead)
    throw new Error(
      `The tables hold ${JSON.stringify(recount)}, the ledger says ${stored} stored, ${dead} dead`,
    );
}

export { days, hours, minutes };
