import { expect, test } from "bun:test";
import fc from "fast-check";
import { firstVertex } from "./polyline.ts";

/** The encoder as Google describes it, for one coordinate. */
function encode(degrees: number): string {
  const e5 = Math.round(degrees * 1e5);
  let n = e5 < 0 ? ~(e5 << 1) : e5 << 1;
  let text = "";
  for (; n >= 32; n >>= 5) text += String.fromCharCode((32 | (n & 31)) + 63);
  return text + String.fromCharCode(n + 63);
}

test("Google's own example", () => {
  expect(firstVertex("_p~iF~ps|U_ulLnnqC_mqNvxq`@")).toEqual([-120.2, 38.5]);
});

test("what is encoded comes out again, to five decimals", () => {
  const e5 = (max: number) => fc.integer({ min: -max * 1e5, max: max * 1e5 }).map((n) => n / 1e5);
  fc.assert(
    fc.property(e5(90), e5(180), fc.string(), (lat, lng, rest) =>
      expect(firstVertex(encode(lat) + encode(lng) + rest)).toEqual([lng, lat]),
    ),
  );
});

test("what is no polyline has no vertex", () => {
  for (const text of ["", "_", "_p~iF", "\u0000\u0000", "~~~~~~~~~~~~~~", "!!", "é"])
    expect(firstVertex(text)).toBe(null);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const at = firstVertex(text);
      if (at !== null) expect(Math.abs(at[0]) <= 180 && Math.abs(at[1]) <= 90).toBe(true);
    }),
  );
});
