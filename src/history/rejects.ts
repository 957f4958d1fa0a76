/** Rejects at the door: into the dead letters and the counts by source, exactly once by the same compare-and-set. */
import type { DeadLetter } from "../core/event.ts";
import { lettersJson } from "./letter-json.ts";
import { rejectsStatement } from "./dead-letter-sql.ts";
import { literal } from "./sql-text.ts";
import type { WriterConnection } from "./writer-connection.ts";

/** Their place stands in `offsets` under the topic's name, which no stream has. */
export const REJECTS = "dead-letters";

export interface RejectsPlace {
  partition: number;
  expected_offset: number;
  next_offset: number;
}

/** @returns null when the partition stands elsewhere; nothing was written. */
export async function writeRejects(
  connection: WriterConnection,
  { partition, expected_offset, next_offset }: RejectsPlace,
  letters: readonly (DeadLetter & { stream: string })[],
  now_ms: number,
): Promise<{ dead: number } | null> {
  const name = literal(REJECTS);
  await connection.simple(`begin;
insert into offsets (stream, partition) values (${name}, ${partition}) on conflict do nothing;
select from offsets where stream = ${name} and partition = ${partition} for update`);
  const [counts] = await connection.rows<{ placed: number; dead: number }>(rejectsStatement(name), [
    lettersJson(letters),
    partition,
    expected_offset,
    next_offset,
    null,
    new Date(now_ms).toISOString(),
  ]);
  if (counts?.placed !== 1) {
    await connection.simple("rollback");
    return null;
  }
  await connection.simple("commit");
  return counts;
}
