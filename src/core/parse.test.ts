import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "./limits.ts";
import { parseOne, tooDeep } from "./parse.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe("a value", () => {
  test("is what JSON.parse makes of its text, and refused where that throws", () => {
    const value = fc.oneof(
      fc.json(),
      fc.string(),
      fc.jsonValue().map((v) => JSON.stringify(v)),
    );
    fc.assert(
      fc.property(
        value.filter((v) => v !== ""),
        fc.nat(40),
        (whole, cut) => {
          const text = whole.slice(0, Math.max(1, whole.length - cut)).toWellFormed();
          let expected: unknown;
          let fine = true;
          try {
            expected = JSON.parse(text);
          } catch {
            fine = false;
          }
          const parsed = parseOne(bytes(text));
          expect(parsed.ok).toBe(fine);
          if (parsed.ok) expect(parsed.value).toEqual(expected);
          else expect(parsed.reason).toBe("json");
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("that is not UTF-8 is refused as such, and nothing at all as no object", () => {
    for (const value of [
      Buffer.from([0x7b, 0xff, 0x7d]),
      Buffer.from([0x7b, 0x22, 0xc3, 0x22, 0x7d]),
      Buffer.from([0xf0, 0x9f]),
    ])
      expect(parseOne(value)).toMatchObject({ ok: false, reason: "text" });
    for (const value of [null, bytes("")])
      expect(parseOne(value)).toMatchObject({ ok: false, reason: "json", shown: null });
  });

  test("own keys only: __proto__ stays a key and pollutes nothing", () => {
    for (const text of ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}']) {
      const parsed = parseOne(bytes(text));
      expect(parsed.ok && (parsed.value as Record<string, unknown>)["polluted"]).toBe(undefined);
    }
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("limits", () => {
  const ofLength = (n: number): Uint8Array => bytes(`{"a":"${"x".repeat(n - 8)}"}`);

  test("a value has at most 64 KB: at the limit it is parsed, one above it is refused", () => {
    expect(parseOne(ofLength(limits.event_bytes_max)).ok).toBe(true);
    expect(parseOne(ofLength(limits.event_bytes_max + 1))).toMatchObject({
      ok: false,
      reason: "size",
      shown: limits.event_bytes_max + 1,
    });
  });

  test("depth: at the limit it is parsed, one above it is refused, and so is 100,000", () => {
    const nested = (depth: number): Uint8Array =>
      bytes(`{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`);
    expect(parseOne(nested(limits.json_depth_max)).ok).toBe(true);
    for (const depth of [limits.json_depth_max + 1, 30_000])
      expect(parseOne(nested(depth))).toMatchObject({ ok: false, reason: "depth" });
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
