import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { decoderOf, type Decoded, type RawValue } from "./decode.ts";
import type { CityRules } from "./city.ts";
import {
  choice,
  fieldSchema,
  fieldTaker,
  flag,
  id,
  normalise,
  number,
  REFUSED,
  text,
  type Field,
  type Value,
} from "./field.ts";
import { wireJson } from "./json.ts";
import { limits } from "./limits.ts";
import { defineStream } from "./stream.ts";

const NOW = Date.UTC(2026, 10, 21, 10, 20);
const city: CityRules = { city_id: "test", zone: "UTC", rush_hours: [], peak_hours: [], holidays: [] };
const context = { city, now_ms: NOW };

const stream = defineStream({
  name: "probes",
  label: "Probes",
  doc: "A stream of this test.",
  topic: "probes",
  fields: {
    probe_id: id("Key."),
    title: text("Name.", { optional: true, chars_max: 20 }),
    level: number("Level.", { unit: "m", min: -10, max: 100, decimals: 2 }),
    steps: number("Whole.", { unit: "1", min: 0, max: 1_000, decimals: 0, optional: true }),
    open: flag("Open.", { optional: true }),
    kind: choice("Kind.", ["a", "b"], { optional: true }),
    doubled: number("Derived.", { unit: "m", min: -20, max: 200, decimals: 2, derived: true }),
  },
  key: "probe_id",
  event_time: "at",
  expected_period_ms: 1_000,
  history: { table: "probes", retention_ms: null },
  derive(row, _event_time_ms, _city, raw) {
    if (raw["title"] === "refuse me") return { field: "title", rule: "must not be that", reason: "schema" };
    row["doubled"] = 2 * (row["level"] as number);
    return null;
  },
});
const decoder = decoderOf(stream);

const rawOf = (value: Uint8Array | null): RawValue => ({
  value,
  source: "test",
  received_at_ms: NOW,
  partition: 1,
  offset: 2,
  backfill: false,
  dead_letter_id: null,
});
const good = { probe_id: "p", level: 1.5, at: "2026-11-21T10:19:30Z" };
const check = (value: unknown): Decoded => decoder.check(value, rawOf(null), context);
const decodeText = (json: string): Decoded => decoder.decode([rawOf(Buffer.from(json))], context)[0]!;
const refusal = (d: Decoded): string =>
  d.ok ? "accepted" : `${d.reject.reason} ${d.reject.pointer} ${d.reject.rule}`;
const eventOf = (d: Decoded) => {
  if (!d.ok) throw new Error(refusal(d));
  return d.event;
};

/** Anything a producer may put into a field, with the edges more often. */
const anything = fc.oneof(
  fc.anything(),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ maxLength: 140 }),
  fc.double(),
  fc.integer({ min: -20, max: 1_100 }),
  fc.constantFrom<unknown>(
    undefined,
    null,
    "",
    "a",
    "b",
    "c",
    true,
    -0,
    -10,
    -10.001,
    100,
    100.001,
    Infinity,
    -Infinity,
    NaN,
    2 ** 53 + 1,
    "x".repeat(20),
    "x".repeat(21),
    "x".repeat(128),
    "x".repeat(129),
    "\ud800",
    "a\u0000",
    "\u007f",
    "\n",
    "é",
    "e\u0301",
    "שּׁ".repeat(20),
  ),
);

describe("the quick taker and zod", () => {
  test("agree on every value of every kind of field, and on what is stored of it", () => {
    const fields: Field[] = Object.values(stream.all_fields).flatMap((f) => [
      { ...f, optional: false },
      { ...f, optional: true },
    ]);
    fc.assert(
      fc.property(anything, fc.constantFrom(...fields), (value, field) => {
        const row: Record<string, Value> = { x: null };
        const taken = fieldTaker("x", field)({ x: value }, row) !== REFUSED;
        const verdict = fieldSchema(field).safeParse(value);
        const kept = verdict.success ? normalise(field, verdict.data ?? null) : null;
        // What NFC makes too long is left to the slow way, which refuses it.
        const fits = typeof kept !== "string" || kept.length <= (field.chars_max ?? Infinity);
        expect(taken).toBe(verdict.success && fits);
        expect(Object.is(row["x"], taken ? kept : null)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  test("agree on whole events: what is refused has field and rule, what is accepted passes the schema", () => {
    const sent = fc.record(
      {
        event_id: anything,
        probe_id: anything,
        title: anything,
        level: anything,
        steps: anything,
        open: anything,
        kind: anything,
        at: fc.constant(good.at),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          sent,
          sent.map((s) => ({ ...s, ...good })),
        ),
        (value) => {
          const d = check(value);
          const verdict = decoder.wire.safeParse(value).success;
          if (d.ok) expect(verdict).toBe(true);
          else if (verdict) expect(refusal(d)).toMatch(/NFC|must not be that|instant/);
          else expect(d.reject.rule.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

describe("laws of decode", () => {
  const event = fc.record(
    {
      probe_id: fc.oneof(
        fc.string({ minLength: 1, maxLength: 60 }),
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
      ),
      title: fc.oneof(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
        fc.constantFrom("e\u0301", "\ufb2c".repeat(9), null),
      ),
      level: fc.double({ min: -10, max: 100, noNaN: true }),
      steps: fc.double({ min: 0, max: 1_000, noNaN: true }),
      open: fc.boolean(),
      kind: fc.constantFrom("a", "b"),
      at: fc
        .date({ min: new Date("2000-01-01T00:00:00Z"), max: new Date(NOW), noInvalidDate: true })
        .map((d) => d.toISOString()),
      event_id: fc.option(fc.string({ minLength: 1, maxLength: 40 }), { nil: undefined }),
      unknown: fc.jsonValue(),
    },
    { requiredKeys: ["probe_id", "level", "at"] },
  );

  test("what the door writes is read again as the same event, however often", () => {
    fc.assert(
      fc.property(event, (value) => {
        const first = check(value);
        if (!first.ok) return;
        const again = eventOf(decodeText(wireJson(stream, first.event)));
        expect(again).toEqual({ ...first.event, unknown_fields: 0 });
      }),
      { numRuns: 2_000 },
    );
  });

  test("an event without an id gets the same one for the same content, another for other content", () => {
    const a = eventOf(check({ ...good, extra: 1 }));
    expect(
      eventOf(decodeText(`{"at":"2026-11-21T11:19:30+01:00","level":1.5000001,"probe_id":"p"}`)).event_id,
    ).toBe(a.event_id);
    expect(a.event_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const other of [
      { level: 1.51 },
      { probe_id: "q" },
      { at: "2026-11-21T10:19:31Z" },
      { open: false },
    ]) {
      expect(eventOf(check({ ...good, ...other })).event_id).not.toBe(a.event_id);
    }
  });

  test("one result per value in order, never a throw, whatever bytes come", () => {
    const value = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map((j) => Buffer.from(j)),
      fc.constant(null),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), (values) => {
        const decoded = decoder.decode(values.map(rawOf), context);
        expect(decoded.length).toBe(values.length);
        decoded.forEach((d, i) => expect(d.ok || d.raw.value === values[i]).toBe(true));
      }),
    );
  });
});

describe("single rules", () => {
  const cases: [string, unknown, string][] = [
    ["a list is no event", [good], "schema  must be a JSON object"],
    ["null is no event", null, "schema  must be a JSON object"],
    ["missing", { ...good, level: undefined }, "schema /level is required"],
    ["null where it is required", { ...good, level: null }, "schema /level must be a number"],
    ["wrong type", { ...good, level: "1" }, "schema /level must be a number"],
    ["below", { ...good, level: -10.5 }, "range /level must be at least -10"],
    ["above", { ...good, level: 101 }, "range /level must be at most 100"],
    ["not finite", { ...good, level: Infinity }, "range /level must be a finite number"],
    ["a number for a text", { ...good, probe_id: 5 }, "schema /probe_id must be a string"],
    ["an empty key", { ...good, probe_id: "" }, "text /probe_id must be at least 1 characters"],
    ["a long name", { ...good, title: "x".repeat(21) }, "text /title must be at most 20 characters"],
    [
      "a name that is long in NFC",
      { ...good, title: "\ufb2c".repeat(9) },
      "text /title must be at most 20 characters in Unicode NFC",
    ],
    [
      "an id that is long in NFC",
      { ...good, event_id: "\ufb2c".repeat(50) },
      "text /event_id must be at most 128 characters in Unicode NFC",
    ],
    [
      "a control character",
      { ...good, title: "a\u0007" },
      "text /title must be text without control characters or broken surrogates",
    ],
    ["no such choice", { ...good, kind: "c" }, "schema /kind must be one of a, b"],
    ["a rule over fields", { ...good, title: "refuse me" }, "schema /title must not be that"],
    [
      "a time that is none",
      { ...good, at: "2026-02-30T10:00:00Z" },
      "time /at must be an ISO 8601 instant, with seconds and an offset or Z",
    ],
    ["no time", { ...good, at: undefined }, "schema /at is required"],
  ];
  for (const [what, value, wanted] of cases) test(what, () => expect(refusal(check(value))).toBe(wanted));

  test("event time: at the limits it is taken, a millisecond beyond it is refused", () => {
    const at = (ms: number): string => refusal(check({ ...good, at: new Date(ms).toISOString() }));
    expect(at(limits.event_time_min_ms)).toBe("accepted");
    expect(at(limits.event_time_min_ms - 1)).toBe("time /at must not be before 2000-01-01T00:00:00Z");
    expect(at(NOW + limits.event_future_max_ms)).toBe("accepted");
    expect(at(NOW + limits.event_future_max_ms + 1)).toBe("future /at must not be more than 2 min after now");
  });

  test("values as texts of JSON: 1e999, -0, repeated keys, __proto__, constructor", () => {
    const of = (more: string): Decoded => decodeText(`{"probe_id":"p","at":"${good.at}",${more}}`);
    expect(refusal(of('"level":1e999'))).toBe("range /level must be a finite number");
    const zero = eventOf(of('"level":-0')).row["level"];
    expect(Object.is(zero, 0)).toBe(true);
    expect(eventOf(of('"level":5,"level":6')).row["level"]).toBe(6);
    expect(refusal(of('"__proto__":{"level":5}'))).toBe("schema /level is required");
    const odd = eventOf(of('"level":5,"__proto__":{"open":true},"constructor":1,"toString":2'));
    expect([odd.row["open"], odd.unknown_fields]).toEqual([null, 3]);
  });

  test("unknown fields are dropped and counted; derived ones are computed, never believed, nor unknown", () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, i]));
    const event = eventOf(check({ ...fields, ...good, doubled: 999 }));
    expect(event.unknown_fields).toBe(10_000);
    expect(event.row).toEqual({
      probe_id: "p",
      title: null,
      level: 1.5,
      steps: null,
      open: null,
      kind: null,
      doubled: 3,
    });
  });

  test("texts are kept in NFC, so that one name is one key", () => {
    expect(eventOf(check({ ...good, probe_id: "caf\u0065\u0301" })).key).toBe("caf\u00e9");
  });

  test("an empty value and a tombstone are rejects", () => {
    const decoded = decoder.decode([rawOf(null), rawOf(new Uint8Array(0))], context);
    for (const d of decoded) expect(refusal(d)).toBe("json  must be a JSON object, not an empty value");
  });
});
