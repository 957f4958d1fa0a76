/** A day's raw rows as Parquet parts, in a worker with a connection of its own: encoding a row group takes a third of a second. */
import { limits } from "../core/limits.ts";
import { readDay, type RawColumns } from "../history/archived/archive-rows.ts";
import { endSql, told } from "../history/unavailable.ts";
import { openSql } from "../postgres.ts";
import { serve } from "../work/serve.ts";
import type { ArchivePlan } from "./columns.ts";
import { partWriter, type PartWriter } from "./parquet.ts";

export interface EncodeInput {
  url: string;
  plan: ArchivePlan;
  day_ms: number;
  /** Told in the file's own metadata. */
  about: Readonly<Record<string, string>>;
  part_rows: number;
  group_rows: number;
}

export interface EncodedPart {
  bytes: Uint8Array<ArrayBuffer>;
  rows: number;
  sha256: string;
  first_ms: number;
  last_ms: number;
}

serve(async (input, ask) => {
  const { url, plan, day_ms, about, part_rows, group_rows } = input as EncodeInput;
  const sql = openSql(url, {
    max: 1,
    application_name: "arterial-archive-reader",
    statement_timeout_ms: limits.archive_read_ms_max,
    // While a part is on its way to a slow archive, nothing is asked.
    idle_in_transaction_ms: limits.archive_idle_ms_max,
  });
  let writer: PartWriter | null = null;
  let part = { rows: 0, first_ms: Infinity, last_ms: -Infinity };
  const hand = async (): Promise<void> => {
    if (writer === null) return;
    const bytes = writer.finish();
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    const { rows, first_ms, last_ms } = part;
    writer = null;
    part = { rows: 0, first_ms: Infinity, last_ms: -Infinity };
    await ask({ bytes, rows, sha256, first_ms, last_ms } satisfies EncodedPart, [bytes.buffer]);
  };
  const add = async (columns: RawColumns): Promise<void> => {
    writer ??= partWriter(plan.columns, about);
    writer.add(columns);
    part.rows += columns[0]!.length;
    for (const time of columns[0] as readonly number[]) {
      if (time < part.first_ms) part.first_ms = time;
      if (time > part.last_ms) part.last_ms = time;
    }
    if (part.rows >= part_rows) await hand();
  };
  try {
    await readDay(sql, plan, day_ms, group_rows, add);
    await hand();
  } catch (error) {
    throw told(`read ${plan.table} for the archive`, error);
  } finally {
    await endSql(sql, 1);
  }
});
