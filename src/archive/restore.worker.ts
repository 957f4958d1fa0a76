/** Parquet parts of a day back into the raw table, in a worker with a connection of its own. */
import { limits } from "../core/limits.ts";
import { insertRows } from "../history/archived/archive-rows.ts";
import { endSql, told } from "../history/unavailable.ts";
import { openSql } from "../postgres.ts";
import { serve } from "../work/serve.ts";
import type { ArchivePlan } from "./columns.ts";
import { partReader, type Columns } from "./parquet.ts";

export interface RestoreInput {
  url: string;
  plan: ArchivePlan;
  /** Places of the parts in the manifest. */
  parts: readonly number[];
}

/** What the worker asks for: a part's bytes, or that a step is noted. */
export type RestoreAsk =
  | { want: "part"; part: number }
  | { want: "note"; part: number; rows: number; inserted: number; ended: boolean };

serve(async (input, ask) => {
  const { url, plan, parts } = input as RestoreInput;
  const sql = openSql(url, {
    max: 1,
    application_name: "arterial-archive-writer",
    statement_timeout_ms: limits.archive_read_ms_max,
  });
  const tell = (say: RestoreAsk): Promise<unknown> => ask(say);
  try {
    for (const part of parts) {
      const bytes = (await tell({ want: "part", part })) as Uint8Array<ArrayBuffer>;
      let [rows, inserted] = [0, 0];
      for await (const group of partReader(bytes).groups(plan.columns)) {
        const held = group[0]!.length;
        for (let at = 0; at < held; at += limits.archive_insert_rows) {
          const some: Columns = group.map((column) => column.slice(at, at + limits.archive_insert_rows));
          inserted += await sql.begin((tx) => insertRows(tx, plan, some));
          rows += some[0]!.length;
          await tell({ want: "note", part, rows, inserted, ended: false });
        }
      }
      await tell({ want: "note", part, rows, inserted, ended: true });
    }
  } catch (error) {
    throw told(`bring rows back into ${plan.table}`, error);
  } finally {
    await endSql(sql, 1);
  }
});
