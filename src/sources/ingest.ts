/** A request's body → the door. What HTTP ingest does, without HTTP's words. */
import { ProblemError, shown } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { tooDeep } from "../core/parse.ts";
import type { Stream } from "../core/stream.ts";
import type { Door, DoorResult } from "./door.ts";

export const ingestTypes = ["application/json", "application/x-ndjson"] as const;
export type IngestType = (typeof ingestTypes)[number];

/** The body's type out of a Content-Type header, null for any that is not taken. */
export function ingestType(content_type: string | undefined): IngestType | null {
  const type = content_type?.split(";")[0]?.trim().toLowerCase();
  return ingestTypes.find((known) => known === type) ?? null;
}

const SOURCE = { source: "http" } as const;
const [NEWLINE, RETURN] = [10, 13];
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Takes a body of one JSON object, an array of them, or NDJSON.
 *
 * @throws {ProblemError} `malformed` when the body as a whole is not JSON; `invalid-body` when it holds no event or
 *   more than `limits.body_events_max`. Nothing was written then.
 * @throws {LogUnavailableError} from the door.
 */
export function ingest(door: Door, stream: Stream, type: IngestType, body: Uint8Array): Promise<DoorResult> {
  return type === "application/x-ndjson" ? ingestLines(door, stream, body) : ingestJson(door, stream, body);
}

async function ingestJson(door: Door, stream: Stream, body: Uint8Array): Promise<DoorResult> {
  // Before the parser runs; an array stands around its events, so it may be one level deeper.
  const in_array = body.find((byte) => byte > 32) === 91;
  if (tooDeep(body, limits.json_depth_max + (in_array ? 1 : 0)))
    return door.acceptBytes(stream, [body], SOURCE);
  const value = parseBody(stream, body);
  if (!Array.isArray(value)) return door.acceptBytes(stream, [body], SOURCE);
  checkCount(value.length);
  return door.accept(stream, value, SOURCE);
}

function parseBody(stream: Stream, body: Uint8Array): unknown {
  let textual: string;
  try {
    textual = decoder.decode(body);
  } catch {
    throw malformed("The body is not UTF-8 text", "must be UTF-8");
  }
  if (textual.trim() === "")
    throw malformed("The body is empty", "must be a JSON object, an array, or NDJSON");
  try {
    return JSON.parse(textual) as unknown;
  } catch (error) {
    // The parser's words repeat what it stumbled over.
    if (stream.personal.length > 0) throw malformed("The body is not JSON", "must be JSON");
    const why = error instanceof Error ? error.message : String(error);
    throw malformed(`The body is not JSON: ${why}`, "must be JSON", shown(textual.slice(0, 100)));
  }
}

async function ingestLines(door: Door, stream: Stream, body: Uint8Array): Promise<DoorResult> {
  const { lines, numbers } = splitLines(body);
  checkCount(lines.length);
  const result = await door.acceptBytes(stream, lines, SOURCE);
  return { ...result, rejects: result.rejects.map((r) => ({ ...r, line: numbers[r.line - 1]! })) };
}

/** Lines that hold something, and their numbers in the body, from 1. Stops one above the limit. */
export function splitLines(body: Uint8Array): { lines: Uint8Array[]; numbers: number[] } {
  const lines: Uint8Array[] = [];
  const numbers: number[] = [];
  for (let at = 0, number = 1; at < body.length && lines.length <= limits.body_events_max; number++) {
    const found = body.indexOf(NEWLINE, at);
    const next = found === -1 ? body.length : found + 1;
    let end = found === -1 ? body.length : found;
    if (end > at && body[end - 1] === RETURN) end--;
    if (!isBlank(body, at, end)) {
      lines.push(body.subarray(at, end));
      numbers.push(number);
    }
    at = next;
  }
  return { lines, numbers };
}

function isBlank(body: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (body[i] !== 32 && body[i] !== 9) return false;
  return true;
}

function checkCount(events: number): void {
  if (events >= 1 && events <= limits.body_events_max) return;
  const many = events > limits.body_events_max;
  const count = many ? `more than ${limits.body_events_max} events` : "no events";
  throw new ProblemError({
    name: "invalid-body",
    detail: `The body holds ${count}; 1 to ${limits.body_events_max} are taken in one request`,
    errors: [{ pointer: "", value: count, rule: `must hold 1 to ${limits.body_events_max} events` }],
  });
}

const malformed = (detail: string, rule: string, value?: string): ProblemError =>
  new ProblemError({
    name: "malformed",
    detail,
    errors: [{ pointer: "", ...(value === undefined ? {} : { value }), rule }],
  });
