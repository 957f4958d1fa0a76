/** What a poller remembers of its feed, as it is noted in the database. */
import { countCall, type FeedErrorKind, type FeedRecord } from "../../core/feed-status.ts";
import type { Feed } from "./feed.ts";
import { spentToday, utcDay } from "./quota.ts";

const WORDS_MAX = 300;

export class FeedLedger {
  #record: FeedRecord;

  /** @param before As noted by the poller before this one, on whatever replica; what is declared may have changed since. */
  constructor(feed: Feed, every_ms: number, before: FeedRecord | null, now_ms: number) {
    const { name, label, attribution, streams, calls_per_day_max: max } = feed;
    const quota = spentToday({ day: utcDay(now_ms), calls: 0, ...before?.quota, max }, now_ms);
    this.#record = {
      interval_ms: every_ms,
      last_call_ms: null,
      last_success_ms: null,
      newest_event_ms: null,
      next_poll_ms: null,
      slots: [],
      last_error: null,
      failed_polls: 0,
      suspect: null,
      totals: { ok: 0, failed: 0, unchanged: 0, accepted: 0, rejected: 0, held: 0, errors: {} },
      ...before,
      feed: name,
      label,
      attribution: [...attribution],
      streams: streams.map((stream) => stream.name),
      every_ms,
      expected_ms: Math.max(0, ...streams.map(({ expected_period_ms }) => expected_period_ms)),
      noted_ms: now_ms,
      quota,
      circuit: "closed",
    };
  }

  get record(): Readonly<FeedRecord> {
    return this.#record;
  }

  set(change: Partial<FeedRecord>): void {
    this.#record = { ...this.#record, ...change };
  }

  /** The day's calls are used up. */
  spent(now_ms: number): boolean {
    const { calls, max } = spentToday(this.#record.quota, now_ms);
    return max !== null && calls >= max;
  }

  /** A call begins: it counts, whatever becomes of it. */
  called(now_ms: number): void {
    const quota = spentToday(this.#record.quota, now_ms);
    this.set({ last_call_ms: now_ms, quota: { ...quota, calls: quota.calls + 1 } });
  }

  went(now_ms: number, ok: boolean): void {
    const slots = countCall(this.#record.slots, now_ms, ok);
    this.set({ slots, ...(ok ? { last_success_ms: now_ms } : {}) });
    this.add(ok ? "ok" : "failed", 1);
  }

  add(total: Exclude<keyof FeedRecord["totals"], "errors">, n: number): void {
    const { totals } = this.#record;
    this.set({ totals: { ...totals, [total]: totals[total] + n } });
  }

  /** @param words Scrubbed already. */
  failed(kind: FeedErrorKind, words: string, request: string | null, at_ms: number): void {
    const { totals } = this.#record;
    const cut = words.length > WORDS_MAX ? `${words.slice(0, WORDS_MAX - 1).toWellFormed()}…` : words;
    this.set({
      last_error: { kind, words: cut, request, at_ms },
      totals: { ...totals, errors: { ...totals.errors, [kind]: (totals.errors[kind] ?? 0) + 1 } },
    });
  }
}
