import { expect, test } from "bun:test";
import fc from "fast-check";
import { bytes, double, float, message, string, uint } from "./protobuf.fixture.ts";
import { fieldsOf, floatOf, messageOf, ProtobufError, textOf, uintOf } from "./protobuf.ts";

const read = (encoded: Uint8Array) => [...fieldsOf(encoded)];

test("what is written is read, in order and to the bit", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 0x1fff_ffff }),
      fc.maxSafeNat(),
      fc.float({ noNaN: true }),
      fc.double({ noNaN: true }),
      fc.string({ unit: "grapheme" }),
      (number, whole, single, twice, words) => {
        const encoded = message(
          uint(number, whole),
          float(number, single),
          double(number, twice),
          string(number, words),
        );
        const fields = read(encoded);
        expect(fields.map((field) => field.number)).toEqual([number, number, number, number]);
        expect(uintOf(fields[0]!)).toBe(whole);
        expect(floatOf(fields[1]!)).toBe(single);
        expect(floatOf(fields[2]!)).toBe(twice);
        expect(textOf(fields[3]!)).toBe(words);
      },
    ),
  );
});

test("any bytes are fields or one error, never anything else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (random) => {
      try {
        for (const field of fieldsOf(random)) expect(field.number).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtobufError);
      }
    }),
  );
});

test.each([
  ["a number that is cut", [8, 0x80], "ends too early at byte 2"],
  ["a number without end", [8, ...Array.from({ length: 11 }, () => 0xff)], "has no end"],
  ["a text that is cut", [10, 5, 97, 98], "5 bytes are announced at byte 2, 2 are there"],
  ["a length beyond all memory", [10, ...Array.from({ length: 9 }, () => 0xff), 1], "are announced"],
  ["a float that is cut", [13, 0, 0], "4 bytes are announced"],
  ["field number 0", [0, 1], "no field"],
  ["a group", [11], "wire type 3"],
])("%s is told with its place", (_, cut, words) => {
  expect(() => read(Uint8Array.from(cut))).toThrow(words);
});

test("a field of another type than it should have is told, and so is a text that is no UTF-8", () => {
  const [whole, blob] = read(message(uint(3, 7), bytes(4, [0xff])));
  expect(() => messageOf(whole!)).toThrow("field 3 must be bytes, but it is varint");
  expect(() => floatOf(whole!)).toThrow("field 3 must be a float");
  expect(() => uintOf(blob!)).toThrow("field 4 must be a whole number");
  expect(() => textOf(blob!)).toThrow("field 4 is no UTF-8");
});
