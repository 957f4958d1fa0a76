/** A batch into PostgreSQL exactly once: one transaction of a COPY and one statement, decided by compare-and-set. */
import type { Event } from "../core/event.ts";
import type { Stream } from "../core/stream.ts";
import { numberArray, textArray } from "./array-text.ts";
import { CopyEncoder } from "./copy-encoder.ts";
import type { PartBatch } from "./history-store.ts";
import { asUuid, lettersJson } from "./letter-json.ts";
import { inKeyOrder, lateWithin } from "./order.ts";
import type { Parameter } from "./reader.ts";
import { literal, type AppendStatements } from "./statements.ts";
import { rawColumns, stagingTable } from "./table.ts";
import type { WriterConnection } from "./writer-connection.ts";

export interface AppendCounts {
  placed: number;
  stored: number;
  duplicate: number;
  dead: number;
  late: number;
}

export interface AppendRequest {
  stream: Stream;
  parts: readonly PartBatch[];
  statements: AppendStatements;
  encoder: CopyEncoder;
  now_ms: number;
  /** Takes its time so that the server can say what it refuses. */
  careful: boolean;
}

export const encoderOf = (stream: Stream): CopyEncoder => new CopyEncoder(rawColumns(stream));

/**
 * @returns What was committed; null when some partition stands elsewhere, and nothing was written.
 * @throws The server's error; nothing was written unless the connection was lost during the commit.
 */
export async function appendOnce(
  connection: WriterConnection,
  request: AppendRequest,
): Promise<AppendCounts | null> {
  const { stream, parts } = request;
  const counts = await inTransaction(connection, request, inKeyOrder(parts));
  if (counts === null || counts.placed !== parts.length) {
    await connection.rollback();
    return null;
  }
  // Counted on two ways: what the batch says it holds, and what the server has seen.
  const held = parts.reduce((n, part) => n + part.events.length + part.dead.length, 0);
  if (counts.stored + counts.duplicate + counts.dead !== held) {
    await connection.rollback();
    throw new Error(
      `Cannot append to ${stream.history.table}: ${held} records became ${counts.stored} stored, ${counts.duplicate} duplicate, ${counts.dead} dead`,
    );
  }
  await connection.simple("commit");
  return counts;
}

/** Would these events be stored? Nothing is kept of it. @throws What the server says. */
export async function tryEvents(
  connection: WriterConnection,
  request: AppendRequest,
  events: readonly Event[],
): Promise<void> {
  try {
    await inTransaction(connection, { ...request, parts: [] }, events);
  } finally {
    await connection.rollback();
  }
}

async function inTransaction(
  connection: WriterConnection,
  { stream, parts, statements, encoder, now_ms, careful }: AppendRequest,
  events: readonly Event[],
): Promise<AppendCounts | null> {
  await connection.ensureStaging(stagingTable(stream), statements.createStaging);
  await connection.beginCopy(beginSql(stream, parts), statements.copy, encoder.encode(events), careful);
  const [counts] = await connection.rows<AppendCounts>(
    statements.append,
    parametersOf(stream, parts, now_ms),
  );
  return counts ?? null;
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
insert into offsets (stream, partition) values ${partitions.map((p) => `(${name}, ${p})`).join(", ")} on conflict do nothing;
select from offsets where stream = ${name} and partition in (${partitions.join(", ")}) order by partition for update`;
}

function parametersOf(stream: Stream, parts: readonly PartBatch[], now_ms: number): Parameter[] {
  const late = lateWithin(parts, stream.lateness_ms);
  const again = parts.flatMap((p) =>
    p.events.map((e) => asUuid(e.dead_letter_id)).filter((id) => id !== null),
  );
  return [
    numberArray(parts.map((p) => p.partition)),
    numberArray(parts.map((p) => p.expected_offset)),
    numberArray(parts.map((p) => p.next_offset)),
    textArray(parts.map((p) => p.last_record_hash)),
    numberArray(parts.map((p) => p.events.length + p.dead.length)),
    numberArray(parts.map((p) => p.events.reduce((n, e) => n + e.unknown_fields, 0))),
    new Date(now_ms).toISOString(),
    numberArray(late.map((l) => l.partition)),
    numberArray(late.map((l) => l.offset)),
    lettersJson(
      parts.flatMap((p) =>
        p.dead.map((letter) => ({ ...letter, partition: p.partition, stream: stream.name })),
      ),
    ),
    textArray(again),
  ];
}
