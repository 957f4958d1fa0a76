/** What a mapping can say, and what it is told when it says something else. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readings } from "../../streams/readings.ts";
import { traffic } from "../../streams/traffic.ts";
import { transactions } from "../../streams/transactions.ts";
import { vehicles } from "../../streams/vehicles.ts";
import type { Stream } from "../../core/stream.ts";
import { parseMapping, readMapping } from "./mapping.ts";
import { timeReader } from "./recording-time.ts";
import { rowMapper } from "./row-mapper.ts";

const time = { column: "t" };
const draftOf = (stream: Stream, fields: object | undefined, columns: Record<string, unknown>): unknown => {
  const mapped = rowMapper(parseMapping({ time, ...(fields && { fields }) }, "m"), stream)(columns);
  return mapped.ok ? mapped.draft : mapped.reject;
};

describe("fields", () => {
  test("a product is exact; a cell that is no number goes to the door, an absent one is absent", () => {
    const fields = { amount: { product: ["q", "p"] } };
    for (const [q, p, amount] of [
      ["3", "1.1", 3.3],
      [-2, "4.15", -8.3],
      ["0", "4.15", 0],
      ["1", "1.005", 1.01],
      ["x", "1", "x"],
      ["1", "1e3", "1e3"],
      ["", "1", undefined],
      ["1", null, undefined],
    ])
      expect(draftOf(transactions, fields, { q, p })).toEqual(amount === undefined ? {} : { amount });
  });

  test("equal rows have the same hash, rows that differ in a cell or in where it stands have not", () => {
    const hash = (columns: Record<string, unknown>): unknown =>
      (draftOf(transactions, { transaction_id: { row_hash: true } }, columns) as Record<string, unknown>)[
        "transaction_id"
      ];
    const all = [
      { a: "1", b: "" },
      { a: "", b: "1" },
      { a: "1" },
      { a: "1", b: "0" },
      { a: "1,", b: "" },
    ].map(hash);
    expect(new Set(all).size).toBe(all.length);
    expect(hash({ a: "1", b: "" })).toBe(all[0]);
  });

  test("units become the field's own", () => {
    expect(draftOf(readings, { carbon_monoxide: { column: "c", unit: "mg/m³" } }, { c: "0.3" })).toEqual({
      carbon_monoxide: 300,
    });
    expect(draftOf(vehicles, { speed: { column: "v", unit: "kn" } }, { v: "10" })).toEqual({ speed: 18.52 });
  });

  test("without any, each field has its own name, and derived ones are left alone", () => {
    expect(
      draftOf(traffic, undefined, { road_id: "a", current_speed: "10", congestion_level: "severe", x: 1 }),
    ).toEqual({ road_id: "a", current_speed: 10 });
  });
});

describe("times in several columns", () => {
  const of = (columns: object, row: Record<string, unknown>, zone = "Asia/Shanghai"): number | string =>
    timeReader(parseMapping({ time: { columns, zone }, fields: {} }, "m").time!).of(row, 0);
  const named = { year: "y", month: "m", day: "d", hour: "h" };

  test("are the zone's wall clock", () => {
    expect(of(named, { y: "2013", m: "3", d: "1", h: "0" })).toBe(Date.UTC(2013, 1, 28, 16));
    expect(of(named, { y: 2013, m: "03", d: "1.0", h: 23 })).toBe(Date.UTC(2013, 2, 1, 15));
    expect(of({ year: "y", month: "m", day: "d" }, { y: "2013", m: "3", d: "1" }, "UTC")).toBe(
      Date.UTC(2013, 2, 1),
    );
  });

  test("that the calendar or the zone's clocks do not have are refused", () => {
    for (const row of [
      { y: "2013", m: "2", d: "29", h: "0" },
      { y: "2013", m: "13", d: "1", h: "0" },
      { y: "2013", m: "1", d: "1", h: "24" },
      { y: "2013", m: "1", d: "1", h: "1.5" },
      { y: "2013", m: "1", d: "1", h: null },
      { y: "2013", m: "1", d: "-1", h: "0" },
    ])
      expect(of(named, row)).toBe("must be parts of a time that the calendar has");
    expect(of(named, { y: "2011", m: "3", d: "27", h: "1" }, "Europe/London")).toMatch(/its clocks skip/);
  });
});

describe("a wrong mapping is refused with its place", () => {
  const cases: [string, unknown, RegExp][] = [
    ["format", { format: "xml", time }, /at \/format: .*"csv"/],
    ["absent", { time, absent: "NA" }, /at \/absent: /],
    ["unknown member", { time, field: {} }, /at \/: Unrecognized key: "field"/],
    ["time without anything", { time: {} }, /at \/time\/start: /],
    [
      "time of parts without a zone",
      { time: { columns: { year: "y", month: "m", day: "d" } } },
      /at \/time\/zone/,
    ],
    [
      "time of parts without a day",
      { time: { columns: { year: "y", month: "m" }, zone: "UTC" } },
      /at \/time\/columns\/day/,
    ],
    ["a product of one", { time, fields: { amount: { product: ["a"] } } }, /at \/fields\/amount\/product: /],
    [
      "a unit that is none",
      { time, fields: { amount: { column: "a", unit: "furlong" } } },
      /at \/fields\/amount\/unit: /,
    ],
    [
      "a rule without a way",
      { time, fields: { user_id: { column: "a", otherwise: "b" } } },
      /at \/fields\/user_id: must choose by/,
    ],
    [
      "hash and otherwise",
      { time, fields: { user_id: { column: "a", hash: ["b"], otherwise: "b" } } },
      /at \/fields\/user_id: must not have both/,
    ],
    [
      "no way to choose from",
      { time, fields: { user_id: { column: "a", hash: [] } } },
      /at \/fields\/user_id\/hash: /,
    ],
    [
      "a hash of nothing",
      { time, fields: { transaction_id: { row_hash: false } } },
      /at \/fields\/transaction_id\/row_hash: /,
    ],
    [
      "an axis that is none",
      { time, fields: { user_id: { column: "a", wkt: "height" } } },
      /at \/fields\/user_id\/wkt: /,
    ],
    ["a field that is a text", { time, fields: { user_id: "a" } }, /at \/fields\/user_id: /],
  ];
  test.each(cases)("%s", (_name, mapping, wanted) => {
    expect(() => parseMapping(mapping, "m.json")).toThrow(wanted);
  });

  test("also where only the stream knows", () => {
    for (const [fields, wanted] of [
      [{ amount: { column: "a", unit: "mph" } }, /at \/fields\/amount: mph cannot become 1/],
      [
        { user_id: { column: "a", unit: "mph" } },
        /at \/fields\/user_id: mph cannot become a text, which has no unit/,
      ],
      [
        { user_id: { product: ["a", "b"] } },
        /at \/fields\/user_id: a product is a number, the field is a text/,
      ],
      [
        { is_cancellation: { column: "a" } },
        /at \/fields\/is_cancellation: stream transactions takes transaction_id, /,
      ],
    ] as const)
      expect(() => draftOf(transactions, fields, {})).toThrow(wanted);
  });
});

test("every mapping of the docs is right", async () => {
  const dir = join(import.meta.dir, "../../../docs/mappings");
  const streams = [traffic, transactions, readings, vehicles];
  const files = readdirSync(dir).filter((name) => name.endsWith(".json"));
  expect(files.length).toBeGreaterThanOrEqual(6);
  for (const file of files) {
    const mapping = await readMapping(join(dir, file));
    const names = Object.keys(mapping.fields ?? {});
    const stream = streams.find((one) => names.every((name) => Object.hasOwn(one.all_fields, name)));
    expect([file, stream === undefined]).toEqual([file, false]);
    expect(rowMapper(mapping, stream!)).toBeFunction();
  }
});
