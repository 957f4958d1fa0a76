/** One Parquet part back into the raw table, in a worker with a connection of its own. */
import { limits } from "../core/limits.ts";
import { insertRows } from "../history/archive-rows.ts";
import { endSql, told } from "../history/unavailable.ts";
import { openSql } from "../postgres.ts";
import { serve } from "../work/serve.ts";
import type { ArchivePlan } from "./columns.ts";
import { partReader, type Columns } from "./parquet.ts";

export interface RestoreInput {
  url: string;
  plan: ArchivePlan;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface RestoredPart {
  /** Rows in the part, and those of them that were not there. */
  rows: number;
  inserted: number;
}

serve<RestoreInput>(async ({ url, plan, bytes }, ask) => {
  const sql = openSql(url, {
    max: 1,
    application_name: "arterial-archive-writer",
    statement_timeout_ms: limits.archive_read_ms_max,
  });
  const done: RestoredPart = { rows: 0, inserted: 0 };
  try {
    for await (const group of partReader(bytes).groups(plan.columns)) {
      const rows = group[0]!.length;
      for (let at = 0; at < rows; at += limits.archive_insert_rows) {
        const some: Columns = group.map((column) => column.slice(at, at + limits.archive_insert_rows));
        done.inserted += await sql.begin((tx) => insertRows(tx, plan, some));
        done.rows += some[0]!.length;
        await ask({ ...done });
      }
    }
    return done;
  } catch (error) {
    throw told(`bring rows back into ${plan.table}`, error);
  } finally {
    await endSql(sql, 1);
  }
});
