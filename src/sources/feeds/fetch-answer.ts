/** One GET of a feed: with a deadline, a largest size, the media types that are wanted, and nowhere else than asked. */
import { createHash } from "node:crypto";
import { CallError } from "./call-error.ts";
import type { FeedRequest } from "./feed.ts";
import { retryAfter } from "./retry.ts";
import { reveal, Secret } from "./secret.ts";
import { ENCODINGS, unpack } from "./unpack.ts";

/** What is kept of an answer to ask whether there is a newer one. */
export interface Validators {
  etag: string | null;
  last_modified: string | null;
  /** SHA-256 of the body, unpacked: upstreams without validators repeat themselves too. */
  hash: string;
}

export interface FetchOptions {
  accepts: readonly string[];
  no_data?: ((status: number, text: string) => string | null) | undefined;
  known: Validators | null;
  now_ms: number;
  signal: AbortSignal;
  /** From the call to the last byte, ms. */
  deadline_ms: number;
  /** Of the body, as sent and unpacked. */
  bytes_max: number;
  user_agent: string;
}

export type Fetched =
  | { kind: "answer"; body: Uint8Array; validators: Validators }
  | { kind: "unchanged" }
  | { kind: "no-data"; words: string };

/** Redirects that are followed, within the same origin. */
const REDIRECTS_MAX = 3;
const TEXT_BYTES_MAX = 1_024;

/** @throws {CallError} its words may repeat what the upstream says: scrub them. */
export async function fetchAnswer(request: FeedRequest, options: FetchOptions): Promise<Fetched> {
  const { known, deadline_ms, signal } = options;
  const ended = AbortSignal.any([signal, AbortSignal.timeout(deadline_ms)]);
  const headers: Record<string, string> = {
    accept: `${options.accepts.join(", ")}, */*;q=0.1`,
    "accept-encoding": ENCODINGS,
    "user-agent": options.user_agent,
  };
  if (known?.etag) headers["if-none-match"] = known.etag;
  if (known?.last_modified) headers["if-modified-since"] = known.last_modified;
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name] = reveal(value);
  try {
    const response = await follow(addressOf(request), headers, ended);
    if (response.status === 304 && known !== null) {
      await response.body?.cancel();
      return { kind: "unchanged" };
    }
    const none = await refused(response, options);
    if (none !== null) return { kind: "no-data", words: none };
    checkType(response, options.accepts);
    const body = await bodyOf(response, options.bytes_max);
    const hash = createHash("sha256").update(body).digest("hex");
    if (hash === known?.hash) return { kind: "unchanged" };
    const validators = {
      etag: response.headers.get("etag"),
      last_modified: response.headers.get("last-modified"),
      hash,
    };
    return { kind: "answer", body, validators };
  } catch (error) {
    if (error instanceof CallError) throw error;
    if (signal.aborted) throw new CallError("network", "The call was given up, because this process stops");
    if (ended.aborted) throw new CallError("timeout", `No whole answer within ${deadline_ms / 1_000} s`);
    throw new CallError(
      "network",
      `Cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function addressOf({ url, query = {} }: FeedRequest): URL {
  const address = new URL(reveal(url));
  for (const [name, value] of Object.entries(query))
    address.searchParams.append(name, value instanceof Secret ? value.reveal() : String(value));
  return address;
}

/** Elsewhere, a redirect would carry our key to, or fetch an inner address for, whoever answers. */
async function follow(from: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  let at = from;
  for (let hops = 0; ; hops++) {
    // Packed bytes are counted before they are unpacked: see `unpack`.
    const response = await fetch(at.href, { headers, signal, redirect: "manual", decompress: false });
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    await response.body?.cancel();
    const to = URL.canParse(location, at.href) ? new URL(location, at) : null;
    if (to === null || to.origin !== from.origin)
      throw new CallError(
        "redirect",
        `It redirects to ${to === null ? "no address" : to.origin}, which is refused`,
      );
    if (hops === REDIRECTS_MAX)
      throw new CallError("redirect", `It redirects more than ${REDIRECTS_MAX} times`);
    at = to;
  }
}

/** Why nothing is to be had; null for an answer that is one. @throws {CallError} for any other status than 2xx. */
async function refused(response: Response, { no_data, now_ms }: FetchOptions): Promise<string | null> {
  const { status } = response;
  if (status >= 200 && status < 300 && status !== 204) return null;
  const text = await firstText(response);
  const words = text === "" ? "" : `: ${text.replaceAll(/<[^>]*>|\s+/g, " ").trim()}`;
  if (status === 204) return "It answers 204, no content";
  const none = status >= 400 && status < 500 ? (no_data?.(status, text) ?? null) : null;
  if (none !== null) return none;
  if (status === 401 || status === 403) throw new CallError("key", `The key is refused (${status})${words}`);
  const retry_after_ms = retryAfter(response.headers.get("retry-after"), now_ms);
  if (status === 429) throw new CallError("rate", `Too many calls (429)${words}`, { retry_after_ms });
  throw new CallError("status", `It answers ${status}${words}`, {
    passing: status >= 500 || status === 408,
    retry_after_ms,
  });
}

function checkType(response: Response, accepts: readonly string[]): void {
  const type = response.headers.get("content-type")?.split(";")[0]!.trim().toLowerCase() ?? "";
  if (accepts.includes(type)) return;
  throw new CallError(
    "type",
    `It answers ${type === "" ? "without a media type" : `"${type.slice(0, 100)}"`}, not ${accepts.join(" or ")}`,
  );
}

async function bodyOf(response: Response, bytes_max: number): Promise<Uint8Array> {
  const length = response.headers.get("content-length");
  if (Number(length) > bytes_max) throw tooLarge(bytes_max);
  let sent: Uint8Array;
  try {
    sent = await readAtMost(response, bytes_max);
  } catch (error) {
    // What stops in the middle of a body has begun to answer: unlike who cannot be reached.
    if (error instanceof CallError || (error instanceof Error && /abort|timeout/i.test(error.name)))
      throw error;
    throw new CallError("half", "The answer ended early");
  }
  if (length !== null && sent.length < Number(length))
    throw new CallError("half", `The answer ended after ${sent.length} of ${Number(length)} bytes`);
  return unpack(sent, response.headers.get("content-encoding"), bytes_max);
}

async function readAtMost(response: Response, bytes_max: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  const reader = response.body.getReader();
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks, bytes);
    bytes += value.length;
    if (bytes > bytes_max) {
      await reader.cancel();
      throw tooLarge(bytes_max);
    }
    chunks.push(value);
  }
}

/** What a refusal says, as far as it is short and plain; empty for anything else. */
async function firstText(response: Response): Promise<string> {
  try {
    const sent = await readAtMost(response, 64 * TEXT_BYTES_MAX);
    const plain = await unpack(sent, response.headers.get("content-encoding"), 64 * TEXT_BYTES_MAX);
    return new TextDecoder().decode(plain.subarray(0, TEXT_BYTES_MAX)).trim();
  } catch {
    return "";
  }
}

const tooLarge = (bytes_max: number): CallError =>
  new CallError("size", `The answer has more than ${bytes_max} bytes`);
