/** The child tables of the batches: made ahead by time, dropped when retention allows. */
import { sqlState, type Sql } from "../postgres.ts";

const CHILD_MS = 6 * 3_600_000;
/** Rows deleted at once where a child cannot be dropped whole. */
const DELETE_MAX = 10_000;

const childOf = (ms: number): number => Math.floor(ms / CHILD_MS);
const childName = (child: number): string => `log_batches_${child}`;

/**
 * Makes the children of now and of the next six hours. One that cannot be made now (rows already lie in the
 * default child, or somebody holds a lock) is left: its rows go to the default child.
 */
export async function makeChildren(sql: Sql, now_ms: number): Promise<void> {
  const now = childOf(now_ms);
  const wanted = [now, now + 1];
  const there = new Set((await children(sql)).map((child) => child.child));
  for (const child of wanted.filter((n) => !there.has(n))) {
    await patiently(sql, async (tx) => {
      await tx.unsafe(
        `create table if not exists ${childName(child)} (like log_batches including defaults including storage)`,
      );
      await tx.unsafe(
        `alter table log_batches attach partition ${childName(child)} for values from (${child * CHILD_MS}) to (${(child + 1) * CHILD_MS})`,
      );
    });
  }
}

/** The child that `now_ms` falls in: when it changes, the next one is to be made. */
export const currentChild = childOf;

/** Drops and deletes what is older than its topic's retention; `start_offset` is moved first, so it never promises too much. */
export async function dropExpired(sql: Sql, now_ms: number): Promise<void> {
  for (const { child, name } of await children(sql)) {
    const until_ms = (child + 1) * CHILD_MS;
    if (until_ms > now_ms) continue;
    const held = await sql<{ partition_id: number; expired: boolean }[]>`
      select p.partition_id, ${until_ms}::bigint <= ${now_ms}::bigint - t.retention_ms as expired
      from log_partitions p join log_topics t using (topic)
      where exists (select 1 from ${sql(name)} c where c.partition_id = p.partition_id)`;
    const expired = held.filter((partition) => partition.expired).map((partition) => partition.partition_id);
    if (held.length > 0 && expired.length === 0) continue;
    await moveStart(sql, expired, until_ms);
    if (expired.length === held.length) {
      await patiently(sql, async (tx) => {
        await tx.unsafe(`drop table ${name}`);
      });
    } else {
      await deleteRows(sql, name, expired, until_ms);
    }
  }
  await emptyDefault(sql, now_ms);
}

async function children(sql: Sql): Promise<{ child: number; name: string }[]> {
  const rows = await sql<{ name: string }[]>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'log_batches'::regclass and c.relname <> 'log_batches_default'`;
  return rows
    .map(({ name }) => ({ name, child: Number(name.slice("log_batches_".length)) }))
    .sort((a, b) => a.child - b.child);
}

/** What fell into the default child has no table of its own to drop. */
async function emptyDefault(sql: Sql, now_ms: number): Promise<void> {
  const expired = await sql<{ partition_id: number; until_ms: number }[]>`
    select p.partition_id, ${now_ms}::bigint - t.retention_ms as until_ms
    from log_partitions p join log_topics t using (topic)
    where exists (select 1 from log_batches_default d
      where d.partition_id = p.partition_id and d.appended_at_ms < ${now_ms}::bigint - t.retention_ms)`;
  for (const { partition_id, until_ms } of expired) {
    await moveStart(sql, [partition_id], until_ms);
    await deleteRows(sql, "log_batches_default", [partition_id], until_ms);
  }
}

/** `next_offset` and the rows come from one snapshot; what is appended meanwhile lies after both. */
async function moveStart(sql: Sql, partition_ids: readonly number[], until_ms: number): Promise<void> {
  for (const partition_id of partition_ids) {
    const [kept] = await sql<{ start_offset: number }[]>`
      select coalesce((
        select b.base_offset from log_batches b
        where b.partition_id = ${partition_id} and b.appended_at_ms >= ${until_ms}
        order by b.next_offset limit 1
      ), p.next_offset) as start_offset
      from log_partitions p where p.partition_id = ${partition_id}`;
    if (kept === undefined) continue;
    await sql`update log_partitions set start_offset = greatest(start_offset, ${kept.start_offset})
      where partition_id = ${partition_id}`;
  }
}

async function deleteRows(
  sql: Sql,
  table: string,
  partition_ids: readonly number[],
  until_ms: number,
): Promise<void> {
  const ids = `{${partition_ids.join(",")}}`;
  for (;;) {
    const gone = await sql`delete from ${sql(table)} where ctid = any(array(
      select ctid from ${sql(table)}
      where partition_id = any(${ids}::text::int[]) and appended_at_ms < ${until_ms} limit ${DELETE_MAX}))`;
    if (gone.count < DELETE_MAX) return;
  }
}

/** Schema changes wait half a second for their locks, no longer: appends queue behind them. Next time then. */
async function patiently(
  sql: Sql,
  change: (tx: Parameters<Parameters<Sql["begin"]>[1]>[0]) => Promise<void>,
): Promise<void> {
  try {
    await sql.begin(async (tx) => {
      // One at a time over all processes: who comes second finds it done.
      await tx.unsafe("set local lock_timeout = '5s'");
      await tx`select pg_advisory_xact_lock(hashtextextended('arterial log children', 0))`;
      await tx.unsafe("set local lock_timeout = '500ms'");
      await change(tx);
    });
  } catch (error) {
    // Lock not available, deadlock, already there (another process), rows in the default child.
    if (
      !["55P03", "40P01", "42P07", "42P17", "42809", "23514", "42P16", "42P01"].includes(
        sqlState(error) ?? "",
      )
    )
      throw error;
  }
}
