/**
 * CSV (RFC 4180) as a stream of records. Nearly all lines have no quotes, and are cut at once; those that have are read
 * character by character, over several lines where a text has line ends within.
 */
import { limits } from "../../core/limits.ts";

const QUOTE = '"';

/**
 * Records as they stand, of any width; empty lines are left out. A byte order mark and CR before LF are no part of them.
 *
 * @throws {RangeError} when a record has more than `limits.record_bytes_max` characters: an open quote swallows all.
 * @throws {SyntaxError} when a quote stands where none may.
 */
export async function* csvRecords(
  chunks: AsyncIterable<Uint8Array>,
  delimiter: string,
): AsyncGenerator<string[]> {
  /** Lines of a record whose quotes are still open. */
  let open = "";
  let line_no = 0;
  for await (const line of lines(chunks)) {
    line_no++;
    if (line.length > limits.record_bytes_max) throw tooLong(line_no);
    if (open === "" && !line.includes(QUOTE)) {
      const plain = line.endsWith("\r") ? line.slice(0, -1) : line;
      if (plain !== "") yield plain.split(delimiter);
      continue;
    }
    const inside = open !== "";
    open = inside ? `${open}\n${line}` : line;
    if (open.length > limits.record_bytes_max) throw tooLong(line_no);
    // Each quote opens or closes: while their number is odd, the record goes on. Only a line with one can end it.
    if (inside ? !oddQuotes(line) : oddQuotes(line)) continue;
    yield fieldsOf(open.endsWith("\r") ? open.slice(0, -1) : open, delimiter, line_no);
    open = "";
  }
  if (open !== "") throw new SyntaxError(`a quote is never closed, up to the end at line ${line_no}`);
}

const tooLong = (line_no: number): RangeError =>
  new RangeError(
    `a row is beyond the greatest size, ${limits.record_bytes_max} characters, at line ${line_no}`,
  );

/** Lines without their LF. */
async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  // Takes a byte order mark away; broken UTF-8 becomes U+FFFD.
  const decoder = new TextDecoder();
  let rest = "";
  let line_no = 0;
  for await (const chunk of chunks) {
    const all = rest + decoder.decode(chunk, { stream: true });
    let at = 0;
    for (let end = all.indexOf("\n"); end !== -1; end = all.indexOf("\n", at)) {
      line_no++;
      yield all.slice(at, end);
      at = end + 1;
    }
    rest = all.slice(at);
    if (rest.length > limits.record_bytes_max) throw tooLong(line_no + 1);
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

function oddQuotes(line: string): boolean {
  let odd = false;
  for (let at = line.indexOf(QUOTE); at !== -1; at = line.indexOf(QUOTE, at + 1)) odd = !odd;
  return odd;
}

/** Fields of a whole record that has quotes: a field is quoted as a whole, with its own quotes doubled, or has none. */
function fieldsOf(record: string, delimiter: string, line_no: number): string[] {
  const fields: string[] = [];
  for (let at = 0; ;) {
    let field: string;
    if (record[at] === QUOTE) {
      const end = closing(record, at + 1);
      field = record.slice(at + 1, end).replaceAll('""', QUOTE);
      at = end + 1;
      if (at < record.length && record[at] !== delimiter)
        throw new SyntaxError(`after a closing quote must come the delimiter, at line ${line_no}`);
    } else {
      const end = record.indexOf(delimiter, at);
      field = record.slice(at, end === -1 ? record.length : end);
      at = end === -1 ? record.length : end;
      if (field.includes(QUOTE))
        throw new SyntaxError(`a field that is not quoted has a quote, at line ${line_no}`);
    }
    fields.push(field);
    if (at >= record.length) return fields;
    at++;
  }
}

/** Place of the quote that ends a field: the first that is not doubled. */
function closing(record: string, from: number): number {
  for (let at = record.indexOf(QUOTE, from); at !== -1; at = record.indexOf(QUOTE, at + 2))
    if (record[at + 1] !== QUOTE) return at;
  return record.length;
}
