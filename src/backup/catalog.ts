/** What a database of ours holds, read from its catalog: tables in the order in which they can be filled, partitions, sequences. */
import { readFileSync } from "node:fs";
import { migrationsIn } from "../history/migrate.ts";
import type { BackedPartition } from "./manifest.ts";
import type { Session } from "./session.ts";

/** Not taken: who holds what now, and what a restore makes anew. */
const LEFT_OUT = new Set(["schema_migrations", "log_epoch", "log_members", "log_leases", "leases"]);

export interface CatalogTable {
  name: string;
  columns: readonly string[];
}

/** Names of the tables that migrations make, whatever else lies in the same schema. */
export function declaredTables(dirs: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { path } of migrationsIn(dirs)) {
    for (const [, name] of readFileSync(path, "utf8").matchAll(
      /^\s*create table (?:if not exists )?"?([a-z_][a-z0-9_]*)/gim,
    ))
      names.add(name!);
  }
  return names;
}

/** Tables of ours that have rows of their own, those that others refer to first. */
export async function tablesOf(session: Session, dirs: readonly string[]): Promise<readonly CatalogTable[]> {
  const declared = declaredTables(dirs);
  const found = await session.rows<{ oid: number; name: string; columns: string }>(
    `select c.oid::int8 as oid, c.relname as name, json_agg(a.attname order by a.attnum)::text as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     group by c.oid, c.relname order by c.relname`,
  );
  const refers = await session.rows<{ from_oid: number; to_oid: number }>(
    `select distinct conrelid::int8 as from_oid, confrelid::int8 as to_oid from pg_constraint
     where contype = 'f' and connamespace = current_schema()::regnamespace`,
  );
  const mine = found.filter(({ name }) => declared.has(name) && !LEFT_OUT.has(name));
  const placed: typeof mine = [];
  while (placed.length < mine.length) {
    const next = mine.filter(
      (table) =>
        !placed.includes(table) &&
        refers.every(
          ({ from_oid, to_oid }) =>
            from_oid !== table.oid ||
            to_oid === table.oid ||
            !mine.some(({ oid }) => oid === to_oid) ||
            placed.some(({ oid }) => oid === to_oid),
        ),
    );
    if (next.length === 0) throw new RangeError("Cannot back up: tables refer to each other in a circle");
    placed.push(...next);
  }
  return placed.map(({ name, columns }) => ({ name, columns: JSON.parse(columns) as string[] }));
}

/** Partitions with bounds of time; the default ones are made by the migrations, the log's children by the log. */
export async function partitionsOf(session: Session): Promise<BackedPartition[]> {
  const found = await session.rows<{ parent: string; name: string; bound: string }>(
    `select p.relname as parent, c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound
     from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
     where c.relnamespace = current_schema()::regnamespace and c.relispartition and not i.inhdetachpending
     order by 1, 2`,
  );
  return found.flatMap(({ parent, name, bound }) => {
    const [, from, to] = /^FOR VALUES FROM \('([^']+)'\) TO \('([^']+)'\)$/.exec(bound) ?? [];
    // The log's children are bounded by numbers of ms.
    if (from === undefined || to === undefined || /^-?\d+$/.test(from)) return [];
    return [{ parent, name, from: instant(from), to: instant(to) }];
  });
}

/** As the session's zone writes it, which is UTC. */
const instant = (text: string): string =>
  new Date(text.replace(" ", "T").replace(/\+00$/, "Z")).toISOString();

export const sequencesOf = (session: Session): Promise<{ name: string; value: number; called: boolean }[]> =>
  session.rows(
    `select sequencename as name, coalesce(last_value, start_value) as value, last_value is not null as called
     from pg_sequences where schemaname = current_schema() order by 1`,
  );

/** A name as SQL has it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
