import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatCursor, parseCursor } from "./cursor.ts";
import { limits } from "./limits.ts";

const stream = fc.stringMatching(/^[a-z][a-z0-9-]{0,15}$/);
const position = fc.dictionary(stream, fc.array(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { maxLength: 8 }), {
  maxKeys: 8,
  noNullPrototype: true,
});

describe("the cursor", () => {
  test("out and in again is the same position", () => {
    fc.assert(
      fc.property(position, fc.string(), (at, epoch) => {
        const cursor = formatCursor(epoch, at);
        fc.pre(cursor.length <= limits.cursor_chars_max);
        expect(parseCursor(epoch, cursor)).toEqual(at);
        expect(cursor).toMatch(/^[\w-]+$/);
      }),
    );
  });

  test("another log's cursor is not understood", () => {
    const cursor = formatCursor("one", { traffic: [1, 2] });
    expect(parseCursor("two", cursor)).toBe(null);
  });

  test("a cursor changed at any one character, or cut anywhere, is no cursor, or says the same", () => {
    const at = { traffic: [5, 0, 123_456], weather: [1] };
    const cursor = formatCursor("e", at);
    for (let i = 0; i < cursor.length; i++) {
      expect(parseCursor("e", cursor.slice(0, i))).toBe(null);
      for (const c of "AZaz09-_") {
        const changed = parseCursor("e", cursor.slice(0, i) + c + cursor.slice(i + 1));
        if (changed !== null) expect(changed).toEqual(at);
      }
    }
  });

  test("whatever is sent, it answers a position of whole numbers or null", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[\w-]{0,80}$/)), (text) => {
        const at = parseCursor("e", text);
        if (at !== null)
          for (const offsets of Object.values(at))
            expect(offsets.every((n) => Number.isSafeInteger(n) && n >= 0)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    for (const text of ["", "../../etc", "%00", "null", "a".repeat(limits.cursor_chars_max + 1)])
      expect(parseCursor("e", text)).toBe(null);
  });

  test("even with the right checksum, a body that is no position is refused", () => {
    const forge = (body: string): string => {
      // The checksum is taken from a formatted cursor by choosing the stream's name: the rest of the body follows it.
      const honest = Buffer.from(formatCursor("e", { [body]: [] }), "base64url").toString();
      return Buffer.from(honest).toString("base64url");
    };
    for (const name of [
      "__proto__",
      "Traffic",
      "a:1;a",
      "a:-1;b",
      "a:zzzzzzzzzzzzzz;b",
      "a:1..2;b",
      ";a",
      "a b",
    ]) {
      expect(parseCursor("e", forge(name))).toBe(null);
    }
    expect(parseCursor("e", forge("plain"))).toEqual({ plain: [] });
  });

  test("partitions: the limit is understood, one above it is not", () => {
    const of = (n: number): string => formatCursor("e", { t: Array.from({ length: n }, () => 0) });
    expect(parseCursor("e", of(limits.partitions_max))).not.toBe(null);
    expect(parseCursor("e", of(limits.partitions_max + 1))).toBe(null);
  });
});
