/**
 * The poller of one feed: asks, judges, hands over, notes how it went, waits. What the feed or its upstream does wrong
 * ends here: it is noted and told, and the next poll comes. Only this process' own trouble is thrown.
 */
import type { City } from "../../core/city.ts";
import { isAway, LogUnavailableError } from "../../core/errors.ts";
import { feedRecordSchema, type FeedErrorKind, type FeedRecord } from "../../core/feed-status.ts";
import { limits } from "../../core/limits.ts";
import { pause as realPause } from "../../core/pause.ts";
import { minutes, parseInstant, seconds, type Clock } from "../../core/time.ts";
import type { RefusingDoor } from "../door.ts";
import { Circuits, type CircuitOptions } from "./circuit.ts";
import type { Feed, FeedContext, FeedRequest, FeedSettings, FeedValue, FeedValues } from "./feed.ts";
import type { Validators } from "./fetch-answer.ts";
import { Judge, type KeptMeasure } from "./hold.ts";
import { FeedLedger } from "./ledger.ts";
import { pollInterval } from "./quota.ts";
import { isTimeless, Repeats } from "./repeats.ts";
import { begun, firstWait } from "./restart.ts";
import { askAll, checked, type Brought } from "./round.ts";
import { scrub } from "./secret.ts";
import { secretsOf } from "./settings.ts";
import { stamp } from "./stamp.ts";

/** What outlives a poller, wherever it is kept. Both may throw `HistoryUnavailableError`. */
export interface FeedNotes {
  read: () => Promise<{ record: unknown; measures: readonly KeptMeasure[] } | null>;
  write: (record: FeedRecord, measures: readonly KeptMeasure[]) => Promise<void>;
  /** When an operator said last that the feed is to be believed, ms since the epoch. */
  believed: () => Promise<number | null>;
}

export interface PollerOptions {
  feed: Feed;
  settings: FeedSettings;
  city: City;
  door: RefusingDoor;
  clock: Clock;
  notes: FeedNotes;
  onWarning: (message: string) => void;
  /** For tests: chance and waiting, and how patient it is. */
  random?: () => number;
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  circuit?: CircuitOptions;
  deadline_ms?: number;
  bytes_max?: number;
}

/** How often a feed without a rhythm of its own is polled. */
const EVERY_MS = minutes(5);
/** Polls are this much earlier or later than they are due. */
const JITTER = 0.1;
const LOG_AGAIN_MS = seconds(2);

export class Poller {
  readonly #options: Required<PollerOptions>;
  readonly #every_ms: number;
  readonly #circuits: Circuits;
  readonly #repeats = new Repeats();
  readonly #validators = new Map<string, Validators>();
  #ledger: FeedLedger;
  #judge: Judge;
  readonly #rests = new Map<string, number>();
  /** Asked for by all of its upstreams. */
  #not_before_ms = 0;
  #calls_per_poll = 1;
  #said = "";
  #said_unused = "";

  constructor(options: PollerOptions) {
    this.#options = {
      random: Math.random,
      pause: realPause,
      circuit: {},
      deadline_ms: limits.feed_call_ms_max,
      bytes_max: limits.feed_answer_bytes_max,
      ...options,
    };
    const { feed, city, clock } = options;
    this.#every_ms = feed.every_ms ?? EVERY_MS;
    this.#circuits = new Circuits(this.#options.circuit);
    this.#ledger = new FeedLedger(feed, this.#every_ms, null, clock.now());
    this.#judge = new Judge(feed, city, []);
  }

  get record(): Readonly<FeedRecord> {
    return this.#ledger.record;
  }

  /** Polls until the signal aborts. @throws {HistoryUnavailableError} before the first poll: what was noted is not known. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, pause, random } = this.#options;
    await this.begin();
    const wait_ms = firstWait(this.record, clock.now(), random());
    // Its page shows it from the start.
    this.#ledger.set({ next_poll_ms: Math.round(clock.now() + wait_ms) });
    await this.note();
    await pause(wait_ms, signal);
    while (!signal.aborted) {
      await this.#announce();
      await this.poll(signal);
      const due_ms = this.#schedule();
      await this.note();
      const now_ms = clock.now();
      const rest_ms = Math.max(0, due_ms - now_ms) * (1 + JITTER * (2 * random() - 1));
      // Jitter is ours; how long an upstream wants rest is not.
      await pause(Math.max(rest_ms, this.#not_before_ms - now_ms), signal);
    }
  }

  /** Where calls are scarce, those of a poll are noted before they are made: who dies in the middle has made them. */
  async #announce(): Promise<void> {
    const { clock, notes } = this.#options;
    if (this.record.quota.max === null) return;
    const record = begun(this.record, this.#calls_per_poll, clock.now());
    await this.#write(() => notes.write(record, this.#judge.kept));
  }

  /** Takes up what was noted before. @throws {HistoryUnavailableError} */
  async begin(): Promise<void> {
    const { feed, city, clock, notes } = this.#options;
    const noted = await notes.read();
    // What an older or newer release noted may be of another shape: then it begins anew.
    const before = feedRecordSchema.safeParse(noted?.record);
    this.#ledger = new FeedLedger(feed, this.#every_ms, before.success ? before.data : null, clock.now());
    this.#judge = new Judge(feed, city, noted?.measures ?? []);
  }

  /** One poll. Never throws for what the feed or its upstream does. */
  async poll(signal: AbortSignal): Promise<void> {
    const { feed, city, clock, settings } = this.#options;
    const now_ms = clock.now();
    try {
      await this.#heed();
      const context = { city, now_ms, settings };
      const requests = checked(feed.requests(context));
      this.#calls_per_poll = requests.length;
      const ids = new Set(requests.map(({ id }) => id));
      for (const id of this.#validators.keys()) if (!ids.has(id)) this.#validators.delete(id);
      const { max } = this.record.quota;
      if (max !== null && requests.length > max)
        throw new Error(`One poll takes ${requests.length} calls, more than the ${max} of a day`);
      const brought = await this.#askAll(requests, context, signal);
      // Of answers that belong together not all came: the next poll, of whoever, has them whole.
      if (signal.aborted && feed.together !== null) return;
      if (brought.length > 0) await this.#deliver(brought, context, signal);
    } catch (error) {
      if (isAway(error)) this.#failed("log", error.message, null);
      else this.#failed("fault", error instanceof Error ? error.message : String(error), null);
      this.#ledger.set({ failed_polls: this.record.failed_polls + 1 });
    }
  }

  /** An operator's word ends suspicion; what was kept to judge by is forgotten with it. */
  async #heed(): Promise<void> {
    const { notes, onWarning } = this.#options;
    const { suspect } = this.record;
    if (suspect === null) return;
    const said_ms = await notes.believed().catch((error: unknown) => {
      if (isAway(error)) return null;
      throw error;
    });
    if (said_ms === null || said_ms < suspect.since_ms) return;
    this.#judge.forget();
    // What was held back comes in with the next poll, though it be the same as before.
    this.#validators.clear();
    this.#ledger.set({ suspect: null });
    onWarning(
      `is believed again, as an operator says; ${suspect.held} values were held back as dead letters`,
    );
  }

  async #askAll(
    requests: readonly FeedRequest[],
    context: FeedContext,
    signal: AbortSignal,
  ): Promise<readonly Brought[]> {
    const { feed, clock, random, pause, deadline_ms, bytes_max } = this.#options;
    const { brought, went, wrong, unchanged, not_before_ms } = await askAll(requests, {
      feed,
      context,
      ledger: this.#ledger,
      circuits: this.#circuits,
      validators: this.#validators,
      rests: this.#rests,
      signal,
      now: () => clock.now(),
      random,
      pause,
      deadline_ms,
      bytes_max,
      onError: (error, request) => this.#failed(error.kind, error.message, request.id),
    });
    this.#not_before_ms = not_before_ms;
    this.#ledger.add("unchanged", unchanged);
    if (went > 0) this.#ledger.set({ failed_polls: 0 });
    else if (wrong > 0) this.#ledger.set({ failed_polls: this.record.failed_polls + 1 });
    if (went > 0 && wrong === 0) this.#said = "";
    this.#ledger.set({ circuit: this.#circuits.worst() });
    return brought;
  }

  async #deliver(brought: readonly Brought[], context: FeedContext, signal: AbortSignal): Promise<void> {
    const { feed } = this.#options;
    const { now_ms } = context;
    const read = feed.together?.(brought, context) ?? null;
    if (read !== null && !read.ok) {
      this.#ledger.set({ failed_polls: this.record.failed_polls + 1 });
      return this.#failed(read.kind, read.words, null);
    }
    const all = read?.values ?? brought.flatMap(({ values }) => values);
    const count = all.reduce((sum, { values, refused }) => sum + values.length + (refused?.length ?? 0), 0);
    if (count > limits.feed_values_max)
      throw new Error(`It brought ${count} values at once; at most ${limits.feed_values_max} are taken`);
    const words: string[] = [];
    let held = 0;
    for (const stream of new Set(all.map((one) => one.stream))) {
      const of_stream = all.filter((one) => one.stream === stream);
      const told = of_stream.flatMap((one) => one.values);
      const fresh = told.filter((value) => !this.#repeats.has(stream, value, now_ms));
      this.#ledger.add("unchanged", told.length - fresh.length);
      const values = fresh.map((value) => stamp(feed.name, stream, value, now_ms));
      const refused = of_stream.flatMap((one) => one.refused ?? []);
      const suspect = this.#judge.look(stream, values, now_ms);
      if (suspect !== null) {
        words.push(suspect.words);
        held += values.length;
        await this.#append(stream, [], [...refused, ...suspect.refused], signal);
      } else {
        await this.#append(stream, values, refused, signal);
        for (const value of fresh) this.#repeats.sent(stream, value, now_ms);
        this.#newest(
          values.map((value) => value[stream.event_time]),
          now_ms,
        );
      }
      this.#ledger.add("rejected", refused.length);
    }
    // Only what is surely in the log is known: else it is asked for again. So is what says "now" without a time, and
    // what is used together with other answers: it may be the same, and news.
    for (const { request, validators, values } of brought) {
      const timeless = values.some((one) => one.values.some((value) => isTimeless(one.stream, value)));
      if (!timeless && feed.together === null) this.#validators.set(request.id, validators);
    }
    this.#unused(all.flatMap((one) => one.faults ?? []));
    this.#hold(words.length === 0 ? null : words.join("; "), held, now_ms);
  }

  /** Appends until it is done: the log may be away for a while. @throws {LogUnavailableError} the next poll is due. */
  async #append(
    stream: FeedValues["stream"],
    values: readonly FeedValue[],
    refused: NonNullable<FeedValues["refused"]>,
    signal: AbortSignal,
  ): Promise<void> {
    const { feed, door, clock, pause } = this.#options;
    const give_up_ms = clock.monotonic() + this.#every_ms;
    for (;;) {
      try {
        const result = await door.accept(stream, values, { source: feed.name });
        await door.refuse(stream, refused, { source: feed.name });
        this.#ledger.add("accepted", result.accepted);
        this.#ledger.add("rejected", result.rejected);
        return;
      } catch (error) {
        if (!(error instanceof LogUnavailableError) || signal.aborted || clock.monotonic() > give_up_ms)
          throw error;
        await pause(LOG_AGAIN_MS, signal);
      }
    }
  }

  #newest(times: readonly unknown[], now_ms: number): void {
    let newest = this.record.newest_event_ms ?? -Infinity;
    for (const time of times) {
      const at_ms = typeof time === "string" ? parseInstant(time, "utc") : null;
      if (at_ms !== null && at_ms > newest && at_ms <= now_ms + limits.event_future_max_ms) newest = at_ms;
    }
    if (Number.isFinite(newest)) this.#ledger.set({ newest_event_ms: newest });
  }

  #hold(words: string | null, held: number, now_ms: number): void {
    const { onWarning } = this.#options;
    const { suspect } = this.record;
    if (words === null) {
      if (suspect !== null)
        onWarning(`is believed again; ${suspect.held} values were held back as dead letters`);
      return this.#ledger.set({ suspect: null });
    }
    if (suspect === null) onWarning(`is suspect, and its values are held back as dead letters: ${words}`);
    this.#ledger.add("held", held);
    this.#ledger.set({
      suspect: { since_ms: suspect?.since_ms ?? now_ms, words, held: (suspect?.held ?? 0) + held },
    });
  }

  /** What the feed could not use. Said once, as long as it is the same. */
  #unused(faults: readonly string[]): void {
    const { feed, settings, clock, onWarning } = this.#options;
    const words = scrub(faults.join("; "), secretsOf(feed, settings));
    if (words !== "") this.#ledger.failed("mapping", words, null, clock.now());
    if (words !== "" && words !== this.#said_unused) onWarning(words);
    this.#said_unused = words;
  }

  #failed(kind: FeedErrorKind, words: string, request: string | null): void {
    const { feed, settings, clock, onWarning } = this.#options;
    const secrets = secretsOf(feed, settings);
    const clean = scrub(words, secrets);
    this.#ledger.failed(kind, clean, request === null ? null : scrub(request, secrets), clock.now());
    // The same again, poll after poll, would fill a log.
    if (kind === this.#said) return;
    this.#said = kind;
    onWarning(
      `${kind}${request === null ? "" : ` at ${scrub(request, secrets)}`}: ${this.record.last_error!.words}`,
    );
  }

  /** @returns When the next poll is due. */
  #schedule(): number {
    const { clock } = this.#options;
    const now_ms = clock.now();
    const interval_ms = pollInterval(this.record.quota, this.#calls_per_poll, this.#every_ms, now_ms);
    const next_poll_ms = Math.round(Math.max(now_ms + interval_ms, this.#not_before_ms));
    this.#ledger.set({ interval_ms: Math.round(interval_ms), next_poll_ms, noted_ms: now_ms });
    return next_poll_ms;
  }

  /** Notes how the feed does. Where the database is away, the next poll's note tells all of it. */
  async note(): Promise<void> {
    const { notes } = this.#options;
    await this.#write(() => notes.write(this.record, this.#judge.kept));
  }

  async #write(write: () => Promise<void>): Promise<void> {
    const { onWarning } = this.#options;
    try {
      await write();
    } catch (error) {
      if (!isAway(error)) throw error;
      onWarning(error.message);
    }
  }
}
