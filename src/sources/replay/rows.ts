/** A recording's rows, one after the other, plain or gzip: CSV or NDJSON of whatever size, a JSON array of a bounded one. */
import { createReadStream } from "node:fs";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { parse } from "csv-parse";
import { ConfigError, shown } from "../../core/errors.ts";
import type { Reject } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { parseOne } from "../../core/parse.ts";
import { vehiclesOfFeed } from "../feeds/gtfs-rt.ts";
import type { Mapping } from "./mapping.ts";

export type Columns = Readonly<Record<string, unknown>>;

export type SourceRow =
  | { ok: true; columns: Columns }
  /** What stands there is no row: it is refused, and the next one is read. */
  | { ok: false; value: unknown; reject: Reject };

const NEWLINE = 10;

/**
 * @throws {ConfigError} if the file cannot be read, or one row has more than `limits.record_bytes_max` bytes (an open
 *   quote swallows all that follows).
 */
export async function* readRows(
  file: string,
  format: Mapping["format"],
  delimiter: string,
): AsyncGenerator<SourceRow> {
  try {
    switch (format) {
      case "csv":
        yield* csvRows(file, delimiter);
        break;
      case "ndjson":
        yield* jsonRows(file);
        break;
      case "json":
        yield* arrayRows(await whole(file));
        break;
      case "gtfs-rt":
        yield* feedRows(await whole(file));
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      `The recording ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function* csvRows(file: string, delimiter: string): AsyncGenerator<SourceRow> {
  const parser = parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: limits.record_bytes_max,
  });
  // Errors of either arrive at the parser, where the reader sees them.
  pipeline(flow(file), parser, () => {});
  let header: string[] | null = null;
  for await (const record of parser as AsyncIterable<string[]>) {
    if (header === null) header = record;
    else if (record.length === header.length) yield { ok: true, columns: named(header, record) };
    else {
      const rule = `must have ${header.length} columns, as the header has, not ${record.length}`;
      yield {
        ok: false,
        value: record,
        reject: { reason: "schema", pointer: "", value: String(record.length), rule },
      };
    }
  }
}

function named(header: readonly string[], record: readonly string[]): Columns {
  const columns: Record<string, string> = {};
  for (let i = 0; i < header.length; i++) columns[header[i]!] = record[i]!;
  return columns;
}

async function* jsonRows(file: string): AsyncGenerator<SourceRow> {
  for await (const line of lines(flow(file))) {
    const parsed = parseOne(line);
    if (
      parsed.ok &&
      typeof parsed.value === "object" &&
      parsed.value !== null &&
      !Array.isArray(parsed.value)
    ) {
      yield { ok: true, columns: parsed.value as Columns };
      continue;
    }
    const { reason, rule } = parsed.ok
      ? ({ reason: "schema", rule: "must be a JSON object" } as const)
      : parsed;
    const textual = line.toString();
    yield {
      ok: false,
      value: textual,
      reject: { reason, pointer: "", value: JSON.stringify(textual.slice(0, 100)), rule },
    };
  }
}

/** The whole file, unpacked. @throws {ConfigError} when it is too large to be read at once. */
async function whole(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of flow(file)) {
    bytes += chunk.length;
    if (bytes > limits.recording_bytes_max)
      throw new ConfigError(
        `The recording ${file} has more than ${limits.recording_bytes_max} bytes, which is too many to read at once: make it NDJSON, a line for each row`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The vehicles of a GTFS-Realtime message, in protobuf or JSON, by the names of the stream's own fields. */
function* feedRows(bytes: Buffer): Generator<SourceRow> {
  for (const columns of vehiclesOfFeed(bytes).values) yield { ok: true, columns };
}

function* arrayRows(bytes: Buffer): Generator<SourceRow> {
  const all: unknown = JSON.parse(bytes.toString());
  if (!Array.isArray(all)) throw new SyntaxError("it must be a JSON array of objects");
  for (const value of all as unknown[]) {
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      yield { ok: true, columns: value as Columns };
    else
      yield {
        ok: false,
        value,
        reject: { reason: "schema", pointer: "", value: shown(value), rule: "must be a JSON object" },
      };
  }
}

/** Lines that hold something, without their ends. */
async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (let end = all.indexOf(NEWLINE); end !== -1; end = all.indexOf(NEWLINE, at)) {
      if (all.subarray(at, end).some((byte) => byte > 32)) yield all.subarray(at, end);
      at = end + 1;
    }
    rest = all.subarray(at);
    if (rest.length > limits.record_bytes_max)
      throw new ConfigError(`A line has more than ${limits.record_bytes_max} bytes`);
  }
  if (rest.some((byte) => byte > 32)) yield rest;
}

function flow(file: string): Readable {
  const packed: Readable = createReadStream(file);
  if (!file.endsWith(".gz")) return packed;
  // Errors of either arrive at the last one, where the reader sees them.
  return pipeline(packed, createGunzip(), () => {});
}
