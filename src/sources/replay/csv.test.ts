import { describe, expect, test } from "bun:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { limits } from "../../core/limits.ts";
import { csvRecords } from "./csv.ts";

/** Reads a text that comes in pieces of so many bytes. */
async function read(text: string | Uint8Array, delimiter = ",", bytes = 1 << 16): Promise<string[][]> {
  const all = typeof text === "string" ? Buffer.from(text) : text;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
  }
  const records: string[][] = [];
  for await (const record of csvRecords(pieces(), delimiter)) records.push(record);
  return records;
}

describe("records", () => {
  test("plain and quoted fields, doubled quotes, delimiters and line ends within, empty fields at either end", async () => {
    expect(await read('a,b\n"x,1","say ""yes"""\r\n,\n"two\r\n\nlines",""\n\n\r\nlast,line')).toEqual([
      ["a", "b"],
      ["x,1", 'say "yes"'],
      ["", ""],
      ["two\r\n\nlines", ""],
      ["last", "line"],
    ]);
    expect(await read("a;b,c\n", ";")).toEqual([["a", "b,c"]]);
    expect(await read('\ufeff"a",b')).toEqual([["a", "b"]]);
    expect(await read("")).toEqual([]);
  });

  test("are another parser's, wherever the pieces end", async () => {
    const field = fc.oneof(
      fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r\n", "é", "😀", " ", ";"), maxLength: 8 }),
      fc.constantFrom("", "12.5", "plain"),
    );
    const quoted = (text: string): string =>
      /[",\n\r]/.test(text) || text.length % 2 === 1 ? `"${text.replaceAll('"', '""')}"` : text;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { maxLength: 8 }),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        fc.integer({ min: 1, max: 20 }),
        async (records, end, ended, bytes) => {
          const text = records.map((record) => record.map(quoted).join(",")).join(end) + (ended ? end : "");
          const theirs = parse(text, {
            relax_column_count: true,
            skip_empty_lines: true,
            record_delimiter: end,
          });
          expect(await read(text, ",", bytes)).toEqual(theirs);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("what is no CSV is told with its line", () => {
  const refused = (text: string): Promise<string> =>
    read(text).then(
      () => "read",
      (error: Error) => `${error.name}: ${error.message}`,
    );

  test("quotes where none may stand", async () => {
    expect(await refused('a,b\n1,5" pipe,"x\n')).toBe(
      "SyntaxError: a field that is not quoted has a quote, at line 2",
    );
    expect(await refused('a\n"x"y\n')).toBe(
      "SyntaxError: after a closing quote must come the delimiter, at line 2",
    );
    expect(await refused('a\nb\n"x\ny')).toBe(
      "SyntaxError: a quote is never closed, up to the end at line 4",
    );
  });

  test("a record at the limit is read, one above it is not, in one line or in many", async () => {
    const most = limits.record_bytes_max;
    expect((await read(`${"x".repeat(most)}\n`))[0]![0]!.length).toBe(most);
    expect(await refused(`a\n${"x".repeat(most + 1)}\n`)).toMatch(
      /^RangeError: a row is beyond the greatest size, .* at line 2$/,
    );
    expect(await refused(`a\n"${"x\n".repeat(most / 2 + 1)}`)).toMatch(
      /^RangeError: a row is beyond the greatest size/,
    );
    expect(await refused(`a\n"${"\n".repeat(most + 10)}`)).toMatch(/^RangeError/);
  });
});
