/** Dead letters as they are read, and marked. */
import { limits } from "../core/limits.ts";
import { numberArray, textArray } from "./array-text.ts";
import type { HistoryStore, StoredDeadLetter } from "./history-store.ts";
import { asUuid } from "./letter-json.ts";
import { msSql } from "./sql-text.ts";
import type { Parameter, Reader } from "./reader.ts";

const SELECT = `select dead_letter_id, stream, topic, log_partition as partition, log_offset as "offset", source,
  ${msSql("received_at")} as received_at_ms, reason, pointer, value, rule, payload, payload_bytes, payload_sha256, state, attempts
  from dead_letters d`;

type Stored = Omit<StoredDeadLetter, "payload"> & { payload: Buffer | null };

// A letter's own id is what its record carries when it is tried again; it was not one before.
const letters = (rows: readonly Stored[]): StoredDeadLetter[] => rows.map((row) => ({ ...row }));

export async function listDeadLetters(
  reader: Reader,
  query: Parameters<HistoryStore["deadLetters"]>[0],
): Promise<StoredDeadLetter[]> {
  const parameters: Parameter[] = [Math.max(1, Math.min(query.limit, limits.list_rows_max))];
  const where = ["true"];
  if (query.stream !== undefined) where.push(`d.stream = $${parameters.push(query.stream)}::text`);
  if (query.state !== undefined) where.push(`d.state = $${parameters.push(query.state)}::text`);
  if (query.before_id !== undefined) {
    const before = asUuid(query.before_id);
    if (before === null) return [];
    where.push(
      `(d.received_at, d.dead_letter_id) < (select b.received_at, b.dead_letter_id from dead_letters b where b.dead_letter_id = $${parameters.push(before)}::uuid)`,
    );
  }
  const text = `${SELECT} where ${where.join(" and ")} order by d.received_at desc, d.dead_letter_id desc limit $1::int`;
  return letters(await reader.rows<Stored>("read dead letters", text, parameters));
}

export async function deadLettersByIds(reader: Reader, ids: readonly string[]): Promise<StoredDeadLetter[]> {
  if (ids.length > limits.replay_dead_letters_max)
    throw new RangeError(`Cannot read ${ids.length} dead letters: at most ${limits.replay_dead_letters_max}`);
  const text = `${SELECT} where d.dead_letter_id = any($1::uuid[]) order by d.received_at desc, d.dead_letter_id desc`;
  return letters(await reader.rows<Stored>("read dead letters", text, [uuids(ids)]));
}

export async function markLettersReplayed(
  reader: Reader,
  marked: Parameters<HistoryStore["markReplayed"]>[0],
): Promise<void> {
  const own = marked.filter(({ dead_letter_id }) => asUuid(dead_letter_id) !== null);
  // One that was refused again meanwhile has one more attempt: it is open, and stays so.
  const text = `update dead_letters d set state = 'replayed'
    from unnest($1::uuid[], $2::int[]) as x (id, attempts)
    where d.dead_letter_id = x.id and d.attempts = x.attempts and d.state = 'open'`;
  await reader.rows("mark dead letters", text, [
    uuids(own.map(({ dead_letter_id }) => dead_letter_id)),
    numberArray(own.map(({ attempts }) => attempts)),
  ]);
}

export const countDeadLetters: (reader: Reader) => ReturnType<HistoryStore["deadLetterCounts"]> = (reader) =>
  reader.rows(
    "count dead letters",
    "select stream, state, count(*) as count from dead_letters group by 1, 2 order by 1, 2",
  );

const uuids = (ids: readonly string[]): string => textArray(ids.map(asUuid).filter((id) => id !== null));
