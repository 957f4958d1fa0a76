/** All requests of one poll, a few at a time. */
import { limits } from "../../core/limits.ts";
import { ask, originOf, type AskOptions } from "./ask.ts";
import { CallError } from "./call-error.ts";
import type { Circuits } from "./circuit.ts";
import type { FeedRequest, FeedValues } from "./feed.ts";
import type { Validators } from "./fetch-answer.ts";

export interface Brought {
  request: FeedRequest;
  answer: unknown;
  validators: Validators;
  values: readonly FeedValues[];
}

export interface RoundOptions extends Omit<AskOptions, "circuit"> {
  circuits: Circuits;
  /** By the request's id. */
  validators: ReadonlyMap<string, Validators>;
  /** Until when an upstream wants to be left alone, by origin, ms since the epoch. Kept from poll to poll. */
  rests: Map<string, number>;
  /** Its words are not scrubbed yet. */
  onError: (error: CallError, request: FeedRequest) => void;
}

export interface Round {
  brought: readonly Brought[];
  /** Requests that went well, those without news among them, and that did not. */
  went: number;
  wrong: number;
  unchanged: number;
  /** Before this no upstream wants to be asked, ms since the epoch; 0 where one may be asked. */
  not_before_ms: number;
}

/** A refused key, an upstream that wants rest, an open circuit and a spent day end the round for that upstream. */
export async function askAll(requests: readonly FeedRequest[], options: RoundOptions): Promise<Round> {
  const { circuits, validators, rests, onError, ...asking } = options;
  const brought: Brought[] = [];
  const round = { brought, went: 0, wrong: 0, unchanged: 0, not_before_ms: 0 };
  const queue = [...requests];
  const ended = new Set<string>();
  const worker = async (): Promise<void> => {
    for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
      const origin = originOf(request);
      if (ended.has(origin) || (rests.get(origin) ?? 0) > asking.now()) continue;
      const circuit = circuits.of(origin);
      try {
        const asked = await ask(request, validators.get(request.id) ?? null, { ...asking, circuit });
        if (asked.kind === "not-asked") ended.add(origin);
        else round.went++;
        if (asked.kind === "unchanged") round.unchanged++;
        if (asked.kind === "answer") brought.push({ request, ...asked });
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        if (asking.signal.aborted) return;
        round.wrong++;
        onError(error, request);
        if (error.kind === "key" || error.kind === "rate") ended.add(origin);
        if (error.retry_after_ms !== null)
          rests.set(origin, Math.max(rests.get(origin) ?? 0, asking.now() + error.retry_after_ms));
      }
    }
  };
  await Promise.all(Array.from({ length: limits.feed_requests_open }, worker));
  for (const [origin, until_ms] of rests) if (until_ms <= asking.now()) rests.delete(origin);
  const origins = new Set(requests.map(originOf));
  if (origins.size > 0) round.not_before_ms = Math.min(...[...origins].map((one) => rests.get(one) ?? 0));
  return round;
}

/** @throws {Error} a declaration that asks too much, or the same twice. */
export function checked(requests: readonly FeedRequest[]): readonly FeedRequest[] {
  if (requests.length > limits.feed_requests_max)
    throw new Error(`One poll has ${requests.length} requests; at most ${limits.feed_requests_max} are made`);
  if (new Set(requests.map(({ id }) => id)).size < requests.length)
    throw new Error("Two requests of one poll have the same id");
  return requests;
}
