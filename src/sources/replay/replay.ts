/** Replay: a recording through the door, at its own pace or as fast as the log takes it. */
import { setTimeout as delay } from "node:timers/promises";
import { ConfigError, LogUnavailableError } from "../../core/errors.ts";
import type { Reject } from "../../core/event.ts";
import { days, formatInstant, systemClock, type Clock } from "../../core/time.ts";
import type { DoorOptions, RefusingDoor } from "../door.ts";
import { replayClock, type ReplayClock, type Speed } from "./clock.ts";
import type { Recorded, Recording, Span } from "./recording.ts";

/** Whose time the events get. */
export type ReplayTime =
  /** Shifted by whole weeks to end before now, and marked as a backfill. `now_ms` by the door's clock. */
  | { kind: "shift"; now_ms: number }
  /** As recorded, live, in an instance whose door runs on this clock. */
  | { kind: "clock"; clock: ReplayClock };

export interface ReplayProgress {
  /** Events read so far, of `span.events`. */
  events: number;
  accepted: number;
  /** Refused by the stream's rules, and by the mapping's. Both are dead letters. */
  rejected: number;
  refused: number;
  /** Recorded time of the last event that went through the door, ms. */
  recorded_ms: number;
}

export interface ReplayResult extends ReplayProgress {
  /** What was added to every recorded time: whole weeks; 0 on the recording's own clock. */
  shift_ms: number;
}

export interface ReplayOptions {
  recording: Recording;
  /** From `recording.scan()`. */
  span: Span;
  door: RefusingDoor;
  speed: Speed;
  time: ReplayTime;
  /** Paces; real time by default. */
  base?: Clock;
  /** Name of the source in headers and ledgers. */
  source?: string;
  /** Awaited before each batch: this is how replay yields to live events. */
  beforeBatch?: () => Promise<void>;
  onProgress?: (progress: Readonly<ReplayProgress>) => void;
  /** Stops between batches: what is durable stays, and is a duplicate the next time. */
  signal?: AbortSignal;
}

const BATCH = 2_000;
// Recordings out of order are put in order in memory up to this many events, about 100 MB.
const SORTED_MAX = 200_000;
const SLEEP_MAX_MS = 1_000;
const RETRIES = 12;
const RETRY_MAX_MS = 5_000;
const WEEK_MS = days(7);

/** Whole weeks that bring the recording's end to now or before it: weekday and hour stay as they were (in UTC). */
export const shiftToNow = (end_ms: number, now_ms: number): number =>
  Math.floor((now_ms - end_ms) / WEEK_MS) * WEEK_MS;

/**
 * Sends the whole recording through the door. Holds one batch at a time, unless it must be put in order first.
 *
 * @throws {LogUnavailableError} when the log stays away for about 45 s.
 * @throws {ConfigError} when it must be sent in order and is too long to be sorted here.
 * @throws the signal's reason when it was aborted.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const { span, speed, time, signal } = options;
  const shift_ms = time.kind === "shift" ? shiftToNow(span.end_ms, time.now_ms) : 0;
  const clock =
    time.kind === "clock" ? time.clock : replayClock(span.start_ms, speed, options.base ?? systemClock);
  const send = sender(options, shift_ms, clock);
  let batch: Recorded[] = [];
  for await (const event of ordered(options)) {
    signal?.throwIfAborted();
    if (event.ok && speed !== "max" && event.time_ms > clock.now()) {
      await send.batch(batch);
      batch = [];
      await until(event.time_ms, clock, speed, signal);
    }
    batch.push(event);
    if (batch.length >= BATCH) {
      await send.batch(batch);
      batch = [];
    }
  }
  await send.batch(batch);
  return { ...send.progress, shift_ms };
}

/** The events as they stand, or sorted by time where order matters: only a backfill at full speed may come in any. */
async function* ordered({ recording, span, speed, time }: ReplayOptions): AsyncGenerator<Recorded> {
  if (span.in_order || (speed === "max" && time.kind === "shift")) {
    yield* recording.events();
    return;
  }
  if (span.events + span.refused > SORTED_MAX) {
    throw new ConfigError(
      `The recording ${recording.file} has ${span.events} events that are not in order of time, and only ${SORTED_MAX} are put in order here: sort the file, or replay it with --speed max and without --clock`,
    );
  }
  const all: Recorded[] = [];
  for await (const event of recording.events()) all.push(event);
  // Refused rows have no time: they go first. The sort is stable, so equal times keep their order.
  all.sort((a, b) => (timeOf(a) === timeOf(b) ? 0 : timeOf(a) - timeOf(b)));
  yield* all;
}

const timeOf = (event: Recorded): number => (event.ok ? event.time_ms : -Infinity);

function sender(options: ReplayOptions, shift_ms: number, clock: ReplayClock) {
  const { recording, door, time, signal } = options;
  const { stream } = recording;
  const how: DoorOptions = {
    source: options.source ?? "replay",
    ...(time.kind === "shift" ? { backfill: true } : {}),
  };
  const progress: ReplayProgress = {
    events: 0,
    accepted: 0,
    rejected: 0,
    refused: 0,
    recorded_ms: options.span.start_ms,
  };

  async function batch(events: readonly Recorded[]): Promise<void> {
    if (events.length === 0) return;
    await options.beforeBatch?.();
    const values: Record<string, unknown>[] = [];
    const refused: { value: unknown; reject: Reject }[] = [];
    let newest_ms = progress.recorded_ms;
    for (const event of events) {
      if (!event.ok) refused.push(event);
      else {
        values.push({ ...event.draft, [stream.event_time]: formatInstant(event.time_ms + shift_ms) });
        newest_ms = Math.max(newest_ms, event.time_ms);
      }
    }
    // Before the door looks: on the recording's own time these events are now, not the future.
    clock.advance(newest_ms);
    await again(() => door.refuse(stream, refused, how), signal);
    const result = await again(() => door.accept(stream, values, how), signal);
    progress.events += values.length;
    progress.accepted += result.accepted;
    progress.rejected += result.rejected;
    progress.refused += refused.length;
    progress.recorded_ms = newest_ms;
    options.onProgress?.(progress);
  }

  return { batch, progress };
}

async function until(
  time_ms: number,
  clock: Clock,
  speed: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let left = time_ms - clock.now(); left > 0; left = time_ms - clock.now()) {
    await delay(
      Math.min(SLEEP_MAX_MS, Math.max(1, left / speed)),
      undefined,
      signal === undefined ? {} : { signal },
    );
  }
}

/** The log may be away for a moment; the same events again are duplicates at worst. */
async function again<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let failed = 0; ; failed++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LogUnavailableError) || failed >= RETRIES) throw error;
      await delay(
        Math.min(RETRY_MAX_MS, 100 * 2 ** failed),
        undefined,
        signal === undefined ? {} : { signal },
      );
    }
  }
}
