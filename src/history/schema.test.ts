/** Migrations, and every stream's declaration against what they made. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { rollupColumns } from "../core/rollup.ts";
import { systemClock } from "../core/time.ts";
import { columnsOf } from "../core/window.ts";
import type { Sql } from "../postgres.ts";
import { internalStreams, streams } from "../streams/index.ts";
import { freshDatabase, type TestDatabase } from "../../test/postgres.ts";
import { migrate, MIGRATIONS_DIR, migrationsIn } from "./migrate.ts";
import { openPostgresHistory } from "./postgres-history.ts";
import { headOf } from "./rollups/sql.ts";
import { describeSchema } from "./schema.ts";
import { primaryKey, rawColumns } from "./table.ts";

const GOLDEN = join(import.meta.dir, "../../sql/schema.sql");
const HEAD =
  "-- The schema that the migrations make, as the catalog describes it. Made by src/history/schema.test.ts: delete it to make it anew.\n\n";

let database: TestDatabase;
let sql: Sql;

beforeAll(async () => {
  database = await freshDatabase();
  sql = postgres(database.url, { max: 4, onnotice: () => {} }) as Sql;
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

describe("migrations", () => {
  test("several processes at once apply each file once, in order", async () => {
    const runs = await Promise.all([1, 2, 3].map(() => migrate(sql)));
    const names = migrationsIn([MIGRATIONS_DIR]).map(({ name }) => name);
    expect(runs.flat().sort()).toEqual(names);
    expect(await migrate(sql)).toEqual([]);
    expect((await sql`select name from schema_migrations order by version`).map(({ name }) => name)).toEqual(
      names,
    );
  });

  test("four instances that start together on an empty database are all up, and each file is applied once", async () => {
    const empty = await freshDatabase();
    const stores = Array.from({ length: 4 }, () =>
      openPostgresHistory({ url: empty.url, clock: systemClock }),
    );
    try {
      await Promise.all(stores.map((store) => store.migrate()));
      for (const store of stores) expect(await store.ledger(streams[0]!)).toEqual([]);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
      await empty.drop();
    }
  });

  test("a file that fails changes nothing and is tried again; names must be numbered, once", async () => {
    const dir = mkdtempSync(join(tmpdir(), "arterial-migrate-"));
    writeFileSync(join(dir, "9101-half.sql"), "create table half (a int); select 1/0;");
    const error: unknown = await migrate(sql, [dir]).then(
      () => null,
      (e: unknown) => e,
    );
    expect(String(error)).toContain("division by zero");
    expect((await sql`select to_regclass('half') as half`)[0]).toEqual({ half: null });
    writeFileSync(join(dir, "9101-half.sql"), "create table half (a int);");
    expect(await migrate(sql, [dir])).toEqual(["9101-half.sql"]);
    await sql`drop table half`;
    writeFileSync(join(dir, "9101-again.sql"), "select 1");
    expect(() => migrationsIn([dir])).toThrow("the same number");
    writeFileSync(join(dir, "x.sql"), "select 1");
    expect(() => migrationsIn([dir])).toThrow("x.sql is not named");
  });

  test("the schema is the golden one", async () => {
    const described = HEAD + (await describeSchema(sql));
    if (!(await Bun.file(GOLDEN).exists())) await Bun.write(GOLDEN, described);
    expect(described).toBe(readFileSync(GOLDEN, "utf8"));
  });
});

describe("every declared stream has its tables", () => {
  interface ColumnRow {
    name: string;
    type: string;
    nullable: boolean;
    collation: string | null;
  }
  const columnsIn = async (table: string): Promise<ColumnRow[]> => [
    ...(await sql<ColumnRow[]>`
      select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable, co.collname as collation
      from pg_attribute a left join pg_collation co on co.oid = a.attcollation
      where a.attrelid = ${table}::regclass and a.attnum > 0 and not a.attisdropped`),
  ];
  const primaryKeyOf = async (table: string): Promise<string[]> =>
    (
      await sql<{ name: string }[]>`
      select a.attname as name from pg_index i, unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
      join pg_attribute a on a.attrelid = ${table}::regclass and a.attnum = k.attnum
      where i.indrelid = ${table}::regclass and i.indisprimary order by k.place`
    ).map(({ name }) => name);
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

  for (const stream of [...streams, ...internalStreams]) {
    test(`${stream.name}: raw columns, types, key and partitioning`, async () => {
      const there = await columnsIn(stream.history.table);
      const declared = rawColumns(stream).map(({ name, type, nullable }) => ({
        name,
        type: type === "timestamptz" ? "timestamp with time zone" : type,
        nullable,
      }));
      expect(there.map(({ name, type, nullable }) => ({ name, type, nullable })).sort(byName)).toEqual(
        declared.sort(byName),
      );
      expect(await primaryKeyOf(stream.history.table)).toEqual([...primaryKey(stream)]);
      for (const name of [stream.key, "event_id"])
        expect(there.find((c) => c.name === name)?.collation).toBe("C");
      const [part] = await sql`select pg_get_partkeydef(${stream.history.table}::regclass) as by`;
      expect(part).toEqual({ by: "RANGE (event_time)" });
      const [fallback] =
        await sql`select to_regclass(${`${stream.history.table}_default`}) is not null as there`;
      expect(fallback).toEqual({ there: true });
    });

    test(`${stream.name}: NaN and infinity are kept out of every number`, async () => {
      const rules = (
        await sql<
          { rule: string }[]
        >`select pg_get_constraintdef(oid) as rule from pg_constraint where conrelid = ${stream.history.table}::regclass and contype = 'c'`
      ).map(({ rule }) => rule);
      for (const { name, type } of rawColumns(stream)) {
        if (type !== "real" && type !== "double precision") continue;
        const mine = rules
          .filter((rule) => rule.includes(name))
          .map((rule) => rule.replace(/^CHECK /, "").replaceAll(name, "v"));
        for (const v of ["NaN", "Infinity", "-Infinity"]) {
          const [ok] = await sql.unsafe<{ ok: boolean }[]>(
            `select bool_and(ok) as ok from (values ${mine.map((rule) => `((select ${rule} from (select '${v}'::${type} as v) x))`).join(", ")}) as r (ok)`,
          );
          expect(`${name} ${v} ${ok?.ok}`).toBe(`${name} ${v} false`);
        }
      }
    });

    if (stream.windows === null) continue;
    const window = stream.windows;
    for (const rollup of stream.rollups)
      test(`${stream.name}: columns, types and key of the roll-up ${rollup.name}`, async () => {
        const declared = [
          { name: "window_start", type: "timestamp with time zone" },
          ...(rollup.by === "key" ? [{ name: stream.key, type: "text" }] : []),
          ...(rollup.split === undefined ? [] : [{ name: rollup.split.column, type: "boolean" }]),
          ...rollupColumns(window, rollup).map(({ column, type }) => ({
            name: column,
            type: type as string,
          })),
        ];
        const there = await columnsIn(rollup.table);
        expect(there.map(({ name, type }) => ({ name, type })).sort(byName)).toEqual(declared.sort(byName));
        expect((await primaryKeyOf(rollup.table)).sort()).toEqual([...headOf(stream, rollup)].sort());
      });
    test(`${stream.name}: window columns, types and key`, async () => {
      const there = await columnsIn(window.table);
      const declared = [
        { name: "window_start", type: "timestamp with time zone" },
        { name: stream.key, type: "text" },
        ...columnsOf(window).map(({ column, type }) => ({ name: column, type: type as string })),
      ];
      expect(there.map(({ name, type }) => ({ name, type })).sort(byName)).toEqual(declared.sort(byName));
      expect((await primaryKeyOf(window.table)).sort()).toEqual([stream.key, "window_start"].sort());
    });
  }
});
