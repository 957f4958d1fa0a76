/** History against the topic: rows, ledger, dead letters, windows, by plain SQL. */
import type { Sql } from "../../src/postgres.ts";
import type { Expected } from "./expected.ts";

interface Terms {
  stored: number;
  duplicate: number;
  dead: number;
}

export interface HistoryVerdict {
  faults: readonly string[];
  terms: Terms;
}

export async function faultsInHistory(sql: Sql, expected: Expected): Promise<HistoryVerdict> {
  const stored = await storedFaults(sql, expected);
  const dead = await deadFaults(sql, expected);
  const ledger = await ledgerFaults(sql, expected, stored.rows, dead.letters);
  const windows = await windowFaults(sql);
  return { faults: [...stored.faults, ...dead.faults, ...ledger.faults, ...windows], terms: ledger.terms };
}

/** By partition. */
type Counts = ReadonlyMap<number, number>;

const counted = (partitions: readonly number[]): Counts => {
  const counts = new Map<number, number>();
  for (const partition of partitions) counts.set(partition, (counts.get(partition) ?? 0) + 1);
  return counts;
};

async function storedFaults(
  sql: Sql,
  { events }: Expected,
): Promise<{ faults: readonly string[]; rows: Counts }> {
  const rows = await sql`
    select event_id, road_id, (extract(epoch from event_time) * 1000)::int8 as event_time_ms,
           round(current_speed::numeric, 2)::float8 as current_speed, log_partition, log_offset
    from traffic_data`;
  const faults = new Map<string, string[]>();
  const fault = (kind: string, id: string): void => {
    const ids = faults.get(kind);
    if (ids === undefined) faults.set(kind, [id]);
    else ids.push(id);
  };
  const seen = new Set<string>();
  for (const row of rows) {
    const id = String(row["event_id"]);
    if (seen.has(id)) fault("are stored twice", id);
    seen.add(id);
    const event = events.get(id);
    if (event === undefined) fault("are stored, but were never in the topic", id);
    else if (
      row["road_id"] !== event.road_id ||
      row["event_time_ms"] !== event.event_time_ms ||
      row["current_speed"] !== event.current_speed
    )
      fault("are stored with other values", id);
    else if (event.places.get(Number(row["log_partition"])) !== row["log_offset"])
      fault("are stored with another place than their first", id);
  }
  for (const id of events.keys()) if (!seen.has(id)) fault("are not stored", id);
  return {
    faults: [...faults].map(([kind, ids]) => `${ids.length} events ${kind}: ${ids.slice(0, 4).join(", ")}`),
    rows: counted(rows.map((row) => Number(row["log_partition"]))),
  };
}

async function deadFaults(
  sql: Sql,
  { malformed }: Expected,
): Promise<{ faults: readonly string[]; letters: Counts }> {
  const rows = await sql`
    select log_partition, log_offset, reason, rule from dead_letters
    where stream = 'traffic' and topic = 'traffic-raw' and not at_door`;
  const places = rows.map((row) => `${row["log_partition"]}:${row["log_offset"]}`);
  const faults: string[] = [];
  if (new Set(places).size !== places.length) faults.push("dead letters stand twice for one record");
  const wrong = rows.filter((_, n) => !malformed.has(places[n] ?? ""));
  if (wrong.length > 0)
    faults.push(`${wrong.length} good events are dead letters: ${JSON.stringify(wrong.slice(0, 2))}`);
  const known = new Set(places);
  const missing = [...malformed].filter((place) => !known.has(place));
  if (missing.length > 0)
    faults.push(`${missing.length} malformed values are no dead letters: ${missing.slice(0, 4).join(", ")}`);
  return { faults, letters: counted(rows.map((row) => Number(row["log_partition"]))) };
}

async function ledgerFaults(
  sql: Sql,
  { ends }: Expected,
  rows: Counts,
  letters: Counts,
): Promise<{ faults: readonly string[]; terms: Terms }> {
  const faults: string[] = [];
  const terms = { stored: 0, duplicate: 0, dead: 0 };
  const ledger = await sql`
    select partition, next_offset, consumed, stored, duplicate, dead from offsets where stream = 'traffic'`;
  for (const row of ledger) {
    const number = (name: string): number => Number(row[name]);
    const partition = number("partition");
    const say = (text: string): void => void faults.push(`ledger of partition ${partition}: ${text}`);
    if (number("consumed") !== number("stored") + number("duplicate") + number("dead"))
      say(`${JSON.stringify(row)} does not add up`);
    const end = ends.get(partition) ?? 0;
    if (number("next_offset") !== end || number("consumed") !== end)
      say(`next ${number("next_offset")}, consumed ${number("consumed")}, but the topic ends at ${end}`);
    if (number("stored") !== (rows.get(partition) ?? 0))
      say(`${number("stored")} stored, but ${rows.get(partition) ?? 0} rows`);
    if (number("dead") !== (letters.get(partition) ?? 0))
      say(`${number("dead")} dead, but ${letters.get(partition) ?? 0} letters`);
    terms.stored += number("stored");
    terms.duplicate += number("duplicate");
    terms.dead += number("dead");
  }
  const known = new Set(ledger.map((row) => Number(row["partition"])));
  for (const partition of ends.keys())
    if (!known.has(partition)) faults.push(`no ledger of partition ${partition}`);
  return { faults, terms };
}

/** Windows against the raw rows: counts, sums and bounds, as integers of hundredths. */
async function windowFaults(sql: Sql): Promise<string[]> {
  const different = await sql`
    with anew as (
      select road_id, date_bin('5 minutes', event_time, timestamptz '1970-01-01Z') as window_start, count(*) as n,
             sum(round(current_speed::float8 * 100)::int8)::int8 as speed_sum,
             sum(round(free_flow_speed::float8 * 100)::int8)::int8 as free_sum, count(free_flow_speed) as free_n,
             min(round(current_speed::float8 * 100)::int8) as least, max(round(current_speed::float8 * 100)::int8) as most,
             count(*) filter (where is_congested) as congested
      from traffic_data group by 1, 2)
    select coalesce(anew.road_id, w.road_id) as road_id, anew.n as wanted, w.n as kept
    from anew full join traffic_windows w using (road_id, window_start)
    where (anew.n, anew.speed_sum, anew.free_sum, anew.free_n, anew.least, anew.most, anew.congested)
      is distinct from (w.n, w.current_speed_sum, w.free_flow_speed_sum, w.free_flow_speed_n,
                        w.current_speed_min::int8, w.current_speed_max::int8, w.congested_n)`;
  if (different.length === 0) return [];
  return [`${different.length} windows are other than a rebuild: ${JSON.stringify(different.slice(0, 3))}`];
}
