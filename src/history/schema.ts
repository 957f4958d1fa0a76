/** The schema as text, from the catalog: for the golden file, and so that a change is seen in review. */
import type { Sql } from "../postgres.ts";

/** Tables in order of their names, without the partitions that days make, and what migrations themselves keep. */
export async function describeSchema(sql: Sql): Promise<string> {
  const tables = await sql<
    { oid: number; name: string; partitioned: string | null; options: string | null }[]
  >`
    select c.oid::int as oid, c.relname as name, pg_get_partkeydef(c.oid) as partitioned, array_to_string(c.reloptions, ', ') as options
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname collate "C"`;
  const texts: string[] = [];
  for (const { oid, name, partitioned, options } of tables) {
    const columns = await sql<{ line: string }[]>`
      select a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || case when a.attcollation <> t.typcollation then ' collate "' || co.collname || '"' else '' end
        || case when a.attidentity <> '' then ' generated as identity' else '' end
        || case when d.oid is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end
        || case when a.attnotnull then ' not null' else '' end as line
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      left join pg_collation co on co.oid = a.attcollation
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = ${oid} and a.attnum > 0 and not a.attisdropped order by a.attnum`;
    const constraints = await sql<{ line: string }[]>`
      select pg_get_constraintdef(oid) as line from pg_constraint
      where conrelid = ${oid} and contype <> 'n' order by contype, conname collate "C"`;
    const indexes = await sql<{ line: string }[]>`
      select pg_get_indexdef(i.indexrelid) as line from pg_index i
      where i.indrelid = ${oid} and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
      order by 1`;
    const body = [...columns, ...constraints].map(({ line }) => `  ${line}`).join(",\n");
    const by = partitioned === null ? "" : ` partition by ${partitioned}`;
    const withOptions = options === null ? "" : ` with (${options})`;
    texts.push(
      `create table ${name} (\n${body}\n)${by}${withOptions};\n${indexes.map(({ line }) => `${line};\n`).join("")}`,
    );
  }
  return texts.join("\n");
}
