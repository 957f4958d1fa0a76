import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "./limits.ts";
import { parseOne, parseValues, tooDeep, type Parsed } from "./parse.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** Values that try to look whole while they swallow, split or shift their neighbours in a joint parse. */
const crafted = [
  '{"a":1}',
  "{}",
  '{"a":"}',
  '{","b":1}',
  '{"a":[{}',
  "{}]}",
  "{},{}",
  "{},5,{}",
  '{}],[{"a":1}',
  '{"a":{}',
  '{"a":1}}',
  '{"a":1',
  '"a":1}',
  '{"a":"\\"}',
  '{"a":"\\\\"}',
  '{"a":1}\n,{"b":2}',
  '{"a":1} {"b":2}',
  "null",
  "5",
  '"{}"',
  "[]",
  "[{}]",
  "",
  " ",
  '{"__proto__":{"x":1}}',
  '{"a":1,"a":2}',
  '{"a":1e999}',
  '{"a":-0}',
  '{"a":"\\u0000"}',
  '{"a":"\\ud800"}',
  '{"a":"é😀"}',
  "{'a':1}",
  '{"a":01}',
  '{"a":NaN}',
  "{,}",
  "{]}",
  "\ufeff{}",
];
const broken_text = [
  Buffer.from([0x7b, 0xff, 0x7d]),
  Buffer.from([0x7b, 0x22, 0xc3, 0x22, 0x7d]),
  Buffer.from([0xf0, 0x9f]),
];

/** The law: parsed together or alone, a value is the same. */
function sameAsAlone(values: readonly (Uint8Array | null)[]): void {
  const alone: Parsed[] = values.map(parseOne);
  expect(parseValues(values)).toEqual(alone);
}

describe("many values in one parse", () => {
  test("each value comes out as if it were parsed alone, whatever stands beside it", () => {
    const value = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...crafted).map(bytes) },
      { weight: 3, arbitrary: fc.json().map(bytes) },
      {
        weight: 2,
        arbitrary: fc.dictionary(fc.string(), fc.jsonValue()).map((v) => bytes(JSON.stringify(v))),
      },
      { weight: 1, arbitrary: fc.constantFrom<Uint8Array | null>(...broken_text, null) },
    );
    fc.assert(fc.property(fc.array(value, { maxLength: 12 }), sameAsAlone), { numRuns: 2_000 });
  });

  test("every pair and many triples of crafted values", () => {
    for (const a of crafted) for (const b of crafted) sameAsAlone([bytes(a), bytes(b)]);
    for (const a of crafted)
      for (const b of crafted.slice(0, 14)) sameAsAlone([bytes(a), bytes(b), bytes('{"c":3}')]);
  });

  test("a value cut off at any byte leaves its neighbours whole", () => {
    const whole = '{"road_id":"a","n":[1,{"x":"}"}],"s":"\\"{["}';
    for (let cut = 0; cut <= whole.length; cut++) {
      const [before, , after] = parseValues([bytes('{"k":1}'), bytes(whole.slice(0, cut)), bytes('{"k":2}')]);
      expect([before, after]).toEqual([
        { ok: true, value: { k: 1 } },
        { ok: true, value: { k: 2 } },
      ]);
    }
  });

  test("order and number hold over chunks, with a bad value in one of them", () => {
    const values = Array.from({ length: 1_000 }, (_, i) => bytes(i === 300 ? '{"i":' : `{"i":${i}}`));
    const parsed = parseValues(values);
    expect(parsed.length).toBe(1_000);
    parsed.forEach((p, i) => expect(p.ok ? p.value : p.reason).toEqual(i === 300 ? "json" : { i }));
  });

  test("own keys only: __proto__ stays a key and pollutes nothing", () => {
    const parsed = parseValues([
      bytes('{"__proto__":{"polluted":1}}'),
      bytes('{"constructor":{"prototype":{"polluted":1}}}'),
    ]);
    for (const p of parsed) expect(p.ok && (p.value as Record<string, unknown>)["polluted"]).toBe(undefined);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("limits", () => {
  const ofLength = (n: number): Uint8Array => bytes(`{"a":"${"x".repeat(n - 8)}"}`);

  test("a value has at most 64 KB: at the limit it is parsed, one above it is refused", () => {
    const [at, above, other] = parseValues([
      ofLength(limits.event_bytes_max),
      ofLength(limits.event_bytes_max + 1),
      bytes("{}"),
    ]);
    expect(at!.ok).toBe(true);
    expect(above).toMatchObject({ ok: false, reason: "size", shown: limits.event_bytes_max + 1 });
    expect(other!.ok).toBe(true);
  });

  test("depth: at the limit it is parsed, one above it is refused, and so is 100,000", () => {
    const nested = (depth: number): Uint8Array =>
      bytes(`{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`);
    const [at, above, deepest] = parseValues([
      nested(limits.json_depth_max),
      nested(limits.json_depth_max + 1),
      nested(30_000),
    ]);
    expect(at!.ok).toBe(true);
    expect(above).toMatchObject({ ok: false, reason: "depth" });
    expect(deepest).toMatchObject({ ok: false, reason: "depth" });
    expect(tooDeep(bytes("[".repeat(100_000)))).toBe(true);
  });

  test("depth counts brackets, not those in texts", () => {
    expect(tooDeep(bytes(JSON.stringify({ a: "[".repeat(100), b: '\\"{{' })))).toBe(false);
    expect(tooDeep(bytes(JSON.stringify({ a: Array.from({ length: 500 }, () => ({ b: [1] })) })))).toBe(
      false,
    );
    const deep = (value: unknown): number =>
      typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(deep)) : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 1, max: 6 }), (value, max) => {
        expect(tooDeep(bytes(JSON.stringify(value)), max)).toBe(deep(value) > max);
      }),
    );
  });
});
