/**
 * A whole range as one download, written as fast as the client takes it. What it is of stands in the headers and in the
 * file's name. When reading fails on the way the connection is cut: over HTTP/1.1 the last chunk is missing, over HTTP/2
 * the stream is reset, and a packed one ends in the middle; no client takes that for the whole.
 */
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Context } from "hono";
import { ProblemError } from "../src/core/errors.ts";
import { limits } from "../src/core/limits.ts";
import { formatInstant } from "../src/core/time.ts";
import type { Export } from "../src/serving/answer.ts";
import { takesGzip } from "./compress.ts";
import { csvHead, csvLines, type CsvRow } from "./csv.ts";
import { mediaTypes, type Format } from "./format.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How many exports are being written; one of each process. */
export class ExportPlaces {
  readonly #max: number;
  #taken = 0;

  constructor(max: number = limits.exports_max) {
    this.#max = max;
  }

  /** @returns Gives the place back; more than once is once. @throws {ProblemError} unavailable */
  take(): () => void {
    if (this.#taken >= this.#max)
      throw new ProblemError({
        name: "unavailable",
        detail: `Cannot begin an export: ${this.#max} are being written, which is as many as may be; pages with limit= are answered all the same`,
        retry_after_s: 5,
      });
    this.#taken++;
    let left = false;
    return () => {
      if (!left) this.#taken--;
      left = true;
    };
  }
}

export interface Download {
  /** First part of the file's name. */
  name: string;
  format: Extract<Format, "csv" | "ndjson">;
  columns: readonly string[];
  /** Called once nothing more is read. */
  leave: () => void;
}

export function presentExport(
  c: Context,
  { cursor, from_ms, to_ms, pages }: Export,
  download: Download,
): Response {
  const { name, format } = download;
  const file = `${name}-${compact(from_ms)}-${compact(to_ms)}.${format}`;
  const headers = new Headers({
    "content-type": mediaTypes[format],
    "content-disposition": `attachment; filename="${file}"`,
    "cache-control": "no-store",
    vary: "Accept, Accept-Encoding",
    "arterial-cursor": cursor,
    "arterial-from": formatInstant(from_ms),
    "arterial-to": formatInstant(to_ms),
  });
  const pack = takesGzip(c.req.header("accept-encoding"));
  if (pack) headers.set("content-encoding", "gzip");
  const text = written(pages, download);
  const body = bodyOf(pack ? packed(text) : encoded(text), download.leave);
  // A client that left before the first byte is told of by nothing else.
  c.req.raw.signal.addEventListener("abort", download.leave);
  if (c.req.method !== "HEAD" && !c.req.raw.signal.aborted) return new Response(body, { headers });
  download.leave();
  return new Response(null, { headers });
}

async function* written(
  pages: AsyncIterable<readonly CsvRow[]>,
  { format, columns }: Download,
): AsyncGenerator<string, void> {
  if (format === "csv") yield csvHead(columns);
  for await (const rows of pages)
    yield format === "csv" ? csvLines(columns, rows) : rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

async function* encoded(text: AsyncIterable<string>): AsyncGenerator<Bytes, void> {
  const encoder = new TextEncoder();
  for await (const part of text) yield encoder.encode(part);
}

async function* packed(text: AsyncIterable<string>): AsyncGenerator<Bytes, void> {
  const gzip = createGzip({ level: 1 });
  // Who ends either end ends both; an error comes out of the reading below.
  pipeline(Readable.from(text), gzip, () => {});
  for await (const bytes of gzip) yield bytes as Bytes;
}

/** Asks for the next part only when the socket has taken the one before. */
function bodyOf(parts: AsyncGenerator<Bytes, void>, leave: () => void): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        try {
          const { done, value } = await parts.next();
          if (done !== true) return controller.enqueue(value);
          leave();
          controller.close();
        } catch (error) {
          leave();
          // The runtime prints it; a text, because the stack of a server that is away says nothing.
          controller.error(`An export was cut: ${error instanceof Error ? error.message : String(error)}`);
        }
      },
      async cancel() {
        await parts.return().finally(leave);
      },
    },
    { highWaterMark: 0 },
  );
}

/** ISO 8601 without the signs that some file systems refuse: 20261121T102000Z. */
const compact = (ms: number): string => formatInstant(ms).replaceAll(/[-:]|\.\d+/g, "");
