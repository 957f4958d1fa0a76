/** Law: a measure's column keeps what was accepted to its last decimal, up to its bounds, and SQL sums the same integers as the fold. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { freshDatabase, type TestDatabase } from "../../test/postgres.ts";
import { scaledSql } from "../core/aggregate.ts";
import { round, scaled } from "../core/field.ts";
import { openSql, type Sql } from "../postgres.ts";
import { internalStreams, streams } from "../streams/index.ts";

/** A ratio of speeds: above 800, which is a free flow of less than 0.4 km/h, its fourth decimal goes. It is never summed. */
const KEPT_TO: Readonly<Record<string, number>> = { speed_ratio: 800 };

let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await freshDatabase();
  sql = openSql(database.url, { max: 1, application_name: "measures" });
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

test("every measure of every stream", async () => {
  for (const stream of [...streams, ...internalStreams]) {
    for (const [name, field] of Object.entries(stream.fields)) {
      if (field.kind !== "number") continue;
      const decimals = field.decimals ?? 0;
      const [min, max] = [field.min!, KEPT_TO[name] ?? field.max!];
      const anywhere = fc.sample(fc.double({ min, max, noNaN: true }), 100);
      // Where the column is coarsest: the last values below either bound.
      const ends = Array.from({ length: 60 }, (_, n) => (n + 0.5) / 10 ** decimals).flatMap((less) => [
        max - less,
        min + less,
      ]);
      const values = [min, max, ...anywhere, ...ends]
        .map((value) => round(value, decimals))
        .filter((value) => value >= min && value <= max);
      const rows = await sql.unsafe<{ kept: number; summed: string }[]>(
        `select v as kept, (${scaledSql("v", decimals)})::text as summed from unnest($1::text::${field.column}[]) with ordinality as u (v, n) order by n`,
        [`{${values.join(",")}}`],
      );
      const where = `${stream.name}.${name}`;
      expect([where, ...rows.map(({ kept }) => kept)]).toEqual([where, ...values]);
      expect([where, ...rows.map(({ summed }) => summed)]).toEqual([
        where,
        ...values.map((v) => String(scaled(v, decimals))),
      ]);
    }
  }
});
