/** Keys that analytics leave out: put and taken by rule, or by hand. */
import { textArray } from "../array-text.ts";
import type { Exclusion, NewExclusion, QualityStore } from "./quality-store.ts";
import type { Reader } from "../reader.ts";
import { msSql } from "../sql-text.ts";

type Exclusions = Pick<QualityStore, "exclusions" | "putExclusions" | "exclude" | "include">;

const COLUMNS = `exclusion_id, stream, key, from_day::text as from_day, to_day::text as to_day, rule, reason, ${msSql("added_at")} as added_ms`;
/** Told at once: more keys than a stream may have. */
const TOLD_MAX = 10_000;

const INSERT = `insert into quality_exclusions (stream, key, from_day, to_day, rule, reason)
  select x.stream, x.key, x.from_day::date, x.to_day::date, x.rule, x.reason
  from json_to_recordset($1::text::json) as x (stream text, key text, from_day text, to_day text, rule text, reason text)`;

export const exclusionsOf = (reader: Reader): Exclusions => ({
  exclusions: (stream, { from_day, to_day, keys }) =>
    reader.rows<Exclusion>(
      "read what is excluded",
      `select ${COLUMNS} from quality_exclusions
       where stream = $1 and from_day <= $3::text::date and (to_day is null or to_day >= $2::text::date)
         and ($4::text[] is null or key = any($4::text[])) order by from_day desc, key, rule limit ${TOLD_MAX}`,
      [stream, from_day, to_day, keys === undefined ? null : textArray(keys)],
    ),

  putExclusions: (stream, day, wanted) =>
    reader.use(
      "write what is excluded",
      (sql) =>
        sql.begin(async (tx) => {
          const ids = JSON.stringify(wanted);
          const { count: removed } = await tx.unsafe(
            `delete from quality_exclusions e where stream = $2 and from_day = $3::text::date and rule <> 'hand' and not exists (
               select 1 from json_to_recordset($1::text::json) as x (key text, rule text) where x.key = e.key and x.rule = e.rule)`,
            [ids, stream, day],
          );
          const { count: added } = await tx.unsafe(
            `with put as (${INSERT} on conflict (stream, key, rule, from_day) do update set reason = excluded.reason, to_day = excluded.to_day
               returning xmax = 0 as fresh) select 1 from put where fresh`,
            [ids],
          );
          return { added, removed };
        }) as Promise<{ added: number; removed: number }>,
    ),

  async exclude(one: NewExclusion) {
    const [row] = await reader.rows<Exclusion>(
      "exclude a key",
      `${INSERT} on conflict do nothing returning ${COLUMNS}`,
      [JSON.stringify([one])],
    );
    return row ?? null;
  },

  async include(exclusion_id) {
    const rows = await reader.rows(
      "include a key again",
      "delete from quality_exclusions where exclusion_id = $1 and rule = 'hand' returning 1 as gone",
      [exclusion_id],
    );
    return rows.length > 0;
  },
});
