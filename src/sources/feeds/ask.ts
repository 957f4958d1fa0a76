/** One request of a poll: tried again where that makes sense, within circuit and quota. */
import { limits } from "../../core/limits.ts";
import { seconds } from "../../core/time.ts";
import { CallError } from "./call-error.ts";
import type { Circuit } from "./circuit.ts";
import type { Feed, FeedContext, FeedRequest, FeedValues } from "./feed.ts";
import { fetchAnswer, type Validators } from "./fetch-answer.ts";
import type { FeedLedger } from "./ledger.ts";
import { backoff } from "./retry.ts";
import { reveal } from "./secret.ts";

/** An upstream that wants a longer wait is asked again in a later poll. */
const WAIT_MS_MAX = seconds(30);

export interface AskOptions {
  feed: Feed;
  context: FeedContext;
  ledger: FeedLedger;
  circuit: Circuit;
  signal: AbortSignal;
  now: () => number;
  random: () => number;
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
  deadline_ms: number;
  bytes_max: number;
}

export type Asked =
  | { kind: "answer"; values: readonly FeedValues[]; answer: unknown; validators: Validators }
  | { kind: "unchanged" }
  | { kind: "no-data"; words: string }
  /** The day's calls are used up, or the circuit is open, or this process stops: nobody was asked. */
  | { kind: "not-asked" };

/** Whom it asks. */
export const originOf = ({ url }: FeedRequest): string => new URL(reveal(url)).origin;

/** @throws {CallError} what the last attempt met; its words are not scrubbed yet. */
export async function ask(
  request: FeedRequest,
  known: Validators | null,
  options: AskOptions,
): Promise<Asked> {
  const { ledger, circuit, signal, now, random, pause } = options;
  let failed: CallError | null = null;
  for (let attempt = 1; ; attempt++) {
    const asked =
      signal.aborted || ledger.spent(now())
        ? null
        : await circuit
            .through(() => counted(request, known, options))
            .catch((error: unknown) => {
              if (error instanceof CallError) return error;
              throw error;
            });
    // Who was asked and failed has failed, though the circuit or the day ends before it is asked again.
    if (asked === null && failed !== null && !signal.aborted) throw failed;
    if (asked === null) return { kind: "not-asked" };
    if (!(asked instanceof CallError)) return asked;
    failed = asked;
    const wait_ms = asked.retry_after_ms ?? backoff(attempt, random());
    if (!asked.passing || attempt === limits.feed_attempts_max || wait_ms > WAIT_MS_MAX) throw asked;
    await pause(wait_ms, signal);
  }
}

async function counted(request: FeedRequest, known: Validators | null, options: AskOptions): Promise<Asked> {
  const { ledger, now, signal } = options;
  ledger.called(now());
  try {
    const asked = await once(request, known, options);
    ledger.went(now(), true);
    return asked;
  } catch (error) {
    // A call that this process gave up says nothing about whom it asked.
    if (!signal.aborted) ledger.went(now(), false);
    throw error;
  }
}

async function once(request: FeedRequest, known: Validators | null, options: AskOptions): Promise<Asked> {
  const { feed, context, signal, now, deadline_ms, bytes_max } = options;
  const { accepts, no_data } = feed;
  const fetched = await fetchAnswer(request, {
    accepts,
    no_data,
    known,
    now_ms: now(),
    signal,
    deadline_ms,
    bytes_max,
    user_agent: "Arterial",
  });
  if (fetched.kind !== "answer") return fetched;
  const reading = feed.read(fetched.body, { ...context, request });
  if (!reading.ok) throw new CallError(reading.kind, reading.words);
  const { values, answer } = reading;
  return { kind: "answer", values, answer, validators: fetched.validators };
}
