/** An answer of the analytics as bytes, made once for all who are given the same answer. */
import type { Context } from "hono";
import type { Answer } from "../src/serving/answer.ts";
import type { Table } from "./analytics-tables.ts";
import { PAYS_FROM_BYTES } from "./compress.ts";
import { toCsv } from "./csv.ts";
import { matches, notModified } from "./etag.ts";
import { hashOf } from "./fixed.ts";
import type { Format } from "./format.ts";
import { headersOf } from "./present.ts";
import { bodyOf, sendBody, VARY, type Body } from "./shared-body.ts";

interface Made {
  etag: string;
  body: Body;
}

const made = new WeakMap<Answer<unknown>, Map<string, Made>>();
const CACHE_CONTROL = "public, max-age=5";

/** @param written The format's name, with the table's: what else the answer's bytes depend on. */
function madeOf<D extends object>(answer: Answer<D>, format: Format, name: string, table: Table<D>): Made {
  let kept = made.get(answer);
  if (kept === undefined) made.set(answer, (kept = new Map<string, Made>()));
  const written = format === "json" ? format : `${format} ${name}`;
  let one = kept.get(written);
  if (one === undefined) {
    const text = textOf(answer, format, table);
    // By what it says, not by when it was asked.
    const said =
      format === "json" ? JSON.stringify([answer.data, answer.meta.cursor, answer.meta.excluded]) : text;
    one = {
      etag: `W/"${hashOf(written, said)}"`,
      body: bodyOf(new TextEncoder().encode(text), PAYS_FROM_BYTES),
    };
    kept.set(written, one);
  }
  return one;
}

function textOf<D extends object>(answer: Answer<D>, format: Format, { columns, rows }: Table<D>): string {
  if (format === "json") return JSON.stringify(answer);
  const flat = rows(answer.data);
  return format === "csv"
    ? toCsv(
        columns,
        flat.map((row) => ({ ...row })),
      )
    : flat.map((row) => `${JSON.stringify(row)}\n`).join("");
}

export async function sendAnalytics<D extends object>(
  c: Context,
  answer: Answer<D>,
  { format, name, table }: { format: Format; name: string; table: Table<D> },
): Promise<Response> {
  const { etag, body } = madeOf(answer, format, name, table);
  if (matches(c.req.header("if-none-match"), etag)) return notModified(etag, CACHE_CONTROL, VARY);
  const headers = headersOf(c, answer, format, name);
  headers.set("etag", etag);
  headers.set("cache-control", CACHE_CONTROL);
  return sendBody(c, headers, body);
}
