/** A batch into PostgreSQL exactly once: one transaction of a COPY and one statement, decided by compare-and-set. */
import type { Event } from "../core/event.ts";
import type { Stream } from "../core/stream.ts";
import { shareAppendsSql } from "./append-lock.ts";
import { numberArray, textArray } from "./array-text.ts";
import { CopyEncoder } from "./copy-encoder.ts";
import type { PartBatch } from "./history-store.ts";
import { arranged, placesOf, without, withoutRepeats, type Arranged } from "./order.ts";
import { directParameters, stagedParameters } from "./parameters.ts";
import { literal, msSql } from "./sql-text.ts";
import type { AppendStatements } from "./statements.ts";
import type { Recent } from "./recent.ts";
import { rawColumns, stagingTable } from "./table.ts";
import { sqlState } from "../postgres.ts";
import { isDataError } from "./unavailable.ts";
import type { WriterConnection } from "./writer-connection.ts";

export interface AppendCounts {
  placed: number;
  stored: number;
  duplicate: number;
  dead: number;
  late: number;
}

/**
 * How rows go in. `direct` hopes that none is there; `probed` asks first which are; both fail as a whole if one is there
 * all the same. `staged` is always right, and `careful` lets the server say what it refuses.
 */
export type Way = "direct" | "probed" | "staged" | "careful";

export interface AppendRequest {
  stream: Stream;
  parts: readonly PartBatch[];
  statements: AppendStatements;
  encoder: CopyEncoder;
  now_ms: number;
  recent: Recent;
}

export const encoderOf = (stream: Stream): CopyEncoder => new CopyEncoder(rawColumns(stream));

/**
 * @returns What was committed; null when some partition stands elsewhere, and nothing was written.
 * @throws The server's error; nothing was written unless the connection was lost during the commit.
 */
export async function appendOnce(
  connection: WriterConnection,
  request: AppendRequest,
  way: Way,
): Promise<AppendCounts | null> {
  const { stream, parts, recent } = request;
  const all = arranged(parts.length === 1 ? parts[0]!.events : parts.flatMap((part) => part.events));
  const counts = await inTransaction(connection, request, all, way).catch((error: unknown) => {
    // A row that is there already, told as such or as a transaction that is over, says nothing against what is remembered.
    if (!isDataError(error) && sqlState(error) !== "25P02") recent.forget(stream);
    throw error;
  });
  if (counts.placed !== parts.length) {
    recent.forget(stream);
    await connection.simple("rollback");
    return null;
  }
  // What the batch says it holds must be what came of it.
  const held = parts.reduce((n, part) => n + part.events.length + part.dead.length, 0);
  if (counts.stored + counts.duplicate + counts.dead !== held) {
    throw new Error(
      `Cannot append to ${stream.history.table}: ${held} records became ${counts.stored} stored, ${counts.duplicate} duplicate, ${counts.dead} dead`,
    );
  }
  const { era } = recent;
  await connection.simple("commit").catch((error: unknown) => {
    recent.forget(stream);
    throw error;
  });
  // Its answer may have been under way while the server crashed, and another writer has connected since.
  if (recent.era === era) recent.of(stream).remember(all);
  return counts;
}

/** Would these events be stored? Nothing is kept of it. @throws What the server says. */
export async function tryEvents(
  connection: WriterConnection,
  request: AppendRequest,
  events: readonly Event[],
  way: "staged" | "careful",
): Promise<void> {
  await inTransaction(connection, { ...request, parts: [] }, arranged(events), way);
  await connection.simple("rollback");
}

async function inTransaction(
  connection: WriterConnection,
  { stream, parts, statements, encoder, now_ms, recent }: AppendRequest,
  all: Arranged,
  way: Way,
): Promise<AppendCounts> {
  if (way === "staged" || way === "careful") {
    await connection.ensureStaging(stagingTable(stream), statements.createStaging);
    await connection.simple(beginSql(stream, parts));
    await connection.copy(statements.copyStaged, encoder.encode(all), way === "careful");
    const [counts] = await connection.rows<AppendCounts>(
      statements.appendStaged,
      stagedParameters(stream, parts, now_ms),
    );
    return counts!;
  }
  const watermarks = new Map(
    (
      await connection.simple<{ partition: number; watermark_ms: number | null }>(beginSql(stream, parts))
    ).map((row) => [row.partition, row.watermark_ms]),
  );
  const distinct = withoutRepeats(all, recent.of(stream));
  const fresh = way === "probed" ? await notStored(connection, statements, distinct) : distinct;
  if (fresh.groups.some(({ places }) => places.length > 0))
    await connection.copy(statements.copyDirect, encoder.encode(fresh), false);
  const [counts] = await connection.rows<AppendCounts>(
    statements.appendDirect,
    directParameters(stream, parts, now_ms, fresh, watermarks),
  );
  return counts!;
}

async function notStored(
  connection: WriterConnection,
  { probe }: AppendStatements,
  some: Arranged,
): Promise<Arranged> {
  const places = [...placesOf(some)];
  const events = places.map((place) => some.events[place]!);
  const there = await connection.rows<{ n: number }>(probe, [
    textArray(events.map((e) => e.key)),
    numberArray(events.map((e) => e.event_time_ms)),
    textArray(events.map((e) => e.event_id)),
  ]);
  return without(some, new Set(there.map(({ n }) => places[n - 1]!)));
}

/**
 * The rows of the ledger are made where they are missing, and locked in one order, before anything else: two
 * instances at the same batch then wait for each other here, and not in the middle of their rows.
 */
function beginSql(stream: Stream, parts: readonly PartBatch[]): string {
  const name = literal(stream.name);
  const partitions = parts.map((p) => p.partition).sort((a, b) => a - b);
  if (partitions.length === 0) return "begin";
  return `begin;
${shareAppendsSql(stream)};
insert into offsets (stream, partition) values ${partitions.map((p) => `(${name}, ${p})`).join(", ")} on conflict do nothing;
select partition, ${msSql("watermark")} as watermark_ms from offsets
where stream = ${name} and partition in (${partitions.join(", ")}) order by partition for update`;
}
