/**
 * A feed, declared as data as far as it can be: where it is asked, with which key, how often, what it answers, and
 * which events that makes. Calls, deadlines, retries, quota, circuit, conditional requests, plausibility and status
 * are the poller's, the same for every feed.
 */
import type { z } from "zod";
import type { City } from "../../core/city.ts";
import type { Reject } from "../../core/event.ts";
import type { Stream } from "../../core/stream.ts";
import type { Secret } from "./secret.ts";

export interface FeedDeclaration<Answer> {
  /** As it stands in `FEEDS`, in the events' `source` and in metrics: `here`, `open-meteo`. */
  name: string;
  /** What people read: `HERE Traffic`. */
  label: string;
  /** What it is, in one or two sentences. */
  doc: string;
  /** Whom the upstream's terms want named, as text; shown on `/streams`. */
  attribution: readonly string[];
  /** The environment variables that it reads, by name. Configuration reads and checks them; see `FeedSettings`. */
  variables: Readonly<Record<string, FeedVariable>>;
  /** How often it is polled, ms, where its upstream has a rhythm of its own; null: every 5 min. */
  every_ms: number | null;
  /** Calls that the upstream allows per UTC day, repeated ones included; null where there is no such limit. */
  calls_per_day_max: number | null;
  /** The streams that it writes. */
  streams: readonly Stream[];
  /** What is asked in one poll, at most `limits.feed_requests_max`; asked anew for each poll. Pure. */
  requests: (context: FeedContext) => readonly FeedRequest[];
  /** Media types of its answers, lower case, without parameters: `application/json`. Any other is refused. */
  accepts: readonly string[];
  /** How a body becomes a value: JSON, or a decoder of its own for other bytes. What it throws is a `decode` error. */
  decode: "json" | ((body: Uint8Array) => unknown);
  /** What an answer must look like. Only what is read; be lenient with the rest. A mismatch is a `schema` error. */
  schema: z.ZodType<Answer>;
  /** A 200 that says that it failed: in words, with its kind. Null for an answer that is one. */
  error_in_answer?: (answer: Answer) => AnswerError | null;
  /**
   * A 4xx that says "nothing is to be had for this request" (a point without coverage) rather than that the call was
   * wrong: why, in words. It is neither retried nor a failure. `text` is the body's first KB.
   */
  no_data?: (status: number, text: string) => string | null;
  /** The answer as values for streams. Pure: time and city come in. Throwing is a `mapping` error. */
  events: (answer: Answer, context: FeedContext & { request: FeedRequest }) => readonly FeedValues[];
  /**
   * For events that are made of several answers: called once in a poll, with all answers that came, and instead of
   * `events`. Such a feed may ask several upstreams; each is asked whatever becomes of the others.
   */
  together?: (answers: readonly Answered<Answer>[], context: FeedContext) => readonly FeedValues[];
  /** What of its values must stay plausible from poll to poll; see `suspect.ts`. */
  measures: readonly Measure[];
}

/** An environment variable of a feed. */
export interface FeedVariable {
  /**
   * `url`: http or https. `secret-url`: the same, but it may hold a key in path or query, so that it is never shown.
   * `secret`: a key. `text`: anything short.
   */
  kind: "secret" | "url" | "secret-url" | "text";
  /** Taken where it is not set. Without one, and `required`, the process does not start while the feed is in `FEEDS`. */
  default?: string;
  required: boolean;
  /** What a value must be, as "must …"; null where it is fine. */
  check?: (value: string) => string | null;
  /** For `.env.example` and docs: what it is and where one gets it, in a sentence. */
  doc: string;
}

/** Variables of a feed as they are set. Asking for a name that the feed does not declare throws `RangeError`. */
export interface FeedSettings {
  /** Of kind `url` or `text`; undefined where it is not set and has no default. An address has no slash at its end. */
  text: (variable: string) => string | undefined;
  /** Of kind `secret` or `secret-url`; undefined where it is not set. */
  secret: (variable: string) => Secret | undefined;
}

export interface FeedContext {
  city: City;
  /** When the poll began, ms since the epoch. */
  now_ms: number;
  settings: FeedSettings;
}

/** One GET. Secrets are passed as `Secret`, in `query`, `headers` or as the whole `url`; never within a plain text. */
export interface FeedRequest {
  /** What it asks for, for example a road's id; unique within the poll and the same in every poll. Shown. */
  id: string;
  /** http or https, absolute; may have a query already. */
  url: string | Secret;
  /** Added to the address. */
  query?: Readonly<Record<string, string | number | Secret>>;
  headers?: Readonly<Record<string, string | Secret>>;
}

/** An answer with what it was asked by. */
export interface Answered<Answer> {
  request: FeedRequest;
  answer: Answer;
}

/** An answer that says that it failed. */
export interface AnswerError {
  /** `key`: the key is refused. `rate`: too many calls. `upstream`: anything else. */
  kind: "key" | "rate" | "upstream";
  /** In its own words, cut to 200 characters by the poller. */
  words: string;
}

/**
 * A value as its stream's wire has it. The identity is filled in: a UUIDv5 of feed, stream, key and event time, so that
 * a repeat is a duplicate. A value without event time gets the poll's, and an identity by its content; the same again
 * is no new event for a while: see `repeats.ts`.
 */
export type FeedValue = Readonly<Record<string, unknown>>;

export interface FeedValues {
  stream: Stream;
  values: readonly FeedValue[];
  /** What the feed itself refuses, as dead letters: a reading without a number, a position of yesterday. */
  refused?: readonly { value: unknown; reject: Reject }[];
  /** Why something is not used that is no value, in words: shown as the feed's last error, and no failed call. */
  faults?: readonly string[];
}

/** A positive quantity whose unit the upstream may change. */
export interface Measure {
  stream: Stream;
  /** Field of the stream, as in its values: `current_speed`. */
  field: string;
}

/** A declared feed as the poller uses it: the type of its answer is inside. */
export interface Feed extends Omit<
  FeedDeclaration<never>,
  "decode" | "schema" | "error_in_answer" | "events" | "together"
> {
  /** Reads one body. Never throws. */
  read: (body: Uint8Array, context: FeedContext & { request: FeedRequest }) => FeedReading;
  /** For a feed whose events are made of several answers: what `read` gave of each. Null for the others. Never throws. */
  together: ((answers: readonly Answered<unknown>[], context: FeedContext) => FeedReading) | null;
}

export type FeedReading =
  | { ok: true; values: readonly FeedValues[]; answer: unknown }
  | { ok: false; kind: "decode" | "schema" | "mapping" | AnswerError["kind"]; words: string };

/** Closes a declaration over the type of its answer. */
export function defineFeed<Answer>(declaration: FeedDeclaration<Answer>): Feed {
  const { decode, schema, error_in_answer, events, together, ...rest } = declaration;
  return {
    ...rest,
    together: together === undefined ? null : (answers, context) => joined(together, answers, context),
    read(body, context) {
      let value: unknown;
      try {
        value =
          decode === "json"
            ? JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body))
            : decode(body);
      } catch (error) {
        return { ok: false, kind: "decode", words: wordsOf(error) };
      }
      const read = schema.safeParse(value);
      if (!read.success) {
        const { path, message } = read.error.issues[0]!;
        return { ok: false, kind: "schema", words: `${pointerOf(path)}: ${message}` };
      }
      try {
        const failed = error_in_answer?.(read.data) ?? null;
        if (failed !== null) return { ok: false, ...failed };
        const values = together === undefined ? events(read.data, context) : [];
        return { ok: true, values, answer: read.data };
      } catch (error) {
        return { ok: false, kind: "mapping", words: wordsOf(error) };
      }
    },
  };
}

/** Each answer is one that `read` of the same declaration gave. */
function joined<Answer>(
  together: NonNullable<FeedDeclaration<Answer>["together"]>,
  answers: readonly Answered<unknown>[],
  context: FeedContext,
): FeedReading {
  try {
    const values = together(answers as readonly Answered<Answer>[], context);
    return { ok: true, values, answer: null };
  } catch (error) {
    return { ok: false, kind: "mapping", words: wordsOf(error) };
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.length === 0 ? "the answer" : path.map((part) => `/${String(part)}`).join("");
