/** The ledger of every stream: what came in, what became of it, how far behind, how old. */
import type { Stream } from "../core/stream.ts";
import { formatInstant, minutes, seconds } from "../core/time.ts";
import type { PartitionLedger } from "../history/history-store.ts";
import type { PartitionEnds } from "../log/log.ts";
import type { Answer, StreamStatus } from "./answer.ts";
import { batchStatusOf } from "./batch-status.ts";
import type { Context } from "./context.ts";
import { expectedKeys } from "./coverage.ts";
import { LagClock } from "./lag.ts";
import { LogEnds } from "./log-ends.ts";
import { metaOf } from "./meta.ts";
import { positionOf } from "./window-rows.ts";

interface Sample {
  at_ms: number;
  appended: number;
}

export class StreamsStatus {
  readonly #context: Context;
  readonly #log_ends: LogEnds;
  /** Per stream, two places of the log's ends: a rate between them, where nobody measures one. */
  readonly #samples = new Map<string, { from: Sample; to: Sample }>();
  readonly #lags = new Map<string, LagClock>();

  constructor(context: Context) {
    this.#context = context;
    this.#log_ends = new LogEnds(
      context.log,
      context.streams.map(({ topic }) => topic),
    );
  }

  /** While the log is away, its ends are as they were told last. @throws {HistoryUnavailableError} */
  async all(): Promise<Answer<readonly StreamStatus[]>> {
    const { history, streams, clock, cursors } = this.#context;
    // Ledgers before ends: a lag is never negative.
    const ledgers = await Promise.all(streams.map((stream) => history.ledger(stream)));
    const [{ ends, away }, rejected, letters, batch] = await Promise.all([
      this.#log_ends.get(),
      history.rejected(),
      history.deadLetterCounts(),
      this.#context.care?.state() ?? null,
    ]);
    const data: StreamStatus[] = [];
    for (const [i, stream] of streams.entries()) {
      const status = await this.#status(stream, ledgers[i]!, endsOf(stream, ends, ledgers[i]!));
      const open = letters.filter((count) => count.stream === stream.name && count.state === "open");
      data.push({
        ...status,
        log: away ? "away" : "there",
        rejected: rejected
          .filter((r) => r.stream === stream.name)
          .map(({ source, count }) => ({ source, count })),
        open_dead_letters: open.reduce((sum, { count }) => sum + count, 0),
        ...batchOf(stream, batch, clock.now()),
      });
    }
    const position = Object.fromEntries(
      streams.map((stream, i) => [stream.name, positionOf(stream, ledgers[i]!)]),
    );
    // What Arterial sends itself says nothing of the city's data.
    const own = data.filter(({ internal }) => !internal);
    const newest = own.reduce(
      (most, { as_of }) => Math.max(most, as_of === null ? -Infinity : Date.parse(as_of)),
      -Infinity,
    );
    const meta = metaOf({
      stream: {
        expected_period_ms: Math.max(0, ...streams.map((s) => (s.internal ? 0 : s.expected_period_ms))),
      },
      cursor: await cursors.format(position),
      layer: own.some(({ layer }) => layer === "speed") ? "merged" : "batch",
      now_ms: clock.now(),
      as_of_ms: Number.isFinite(newest) ? newest : null,
      coverage: own.length === 0 ? 1 : own.filter(({ state }) => state === "live").length / own.length,
    });
    return { data, meta };
  }

  async #status(
    stream: Stream,
    ledger: readonly PartitionLedger[],
    ends: readonly PartitionEnds[],
  ): Promise<Omit<StreamStatus, "log">> {
    const { views, known, clock } = this.#context;
    const view = await views.get(stream);
    const partitions = ends.map((end) =>
      this.#partition(
        end,
        ledger.find(({ partition }) => partition === end.partition),
      ),
    );
    const sum = (
      field: "consumed" | "stored" | "duplicate" | "dead" | "late" | "unknown_fields" | "lag_events",
    ): number => partitions.reduce((total, partition) => total + partition[field], 0);
    const watermarks = ledger.flatMap(({ watermark_ms }) => (watermark_ms === null ? [] : [watermark_ms]));
    const newest_ms = Math.max(view.newest_ms ?? -Infinity, ...watermarks);
    const as_of_ms = Number.isFinite(newest_ms) ? newest_ms : null;
    const age_ms = as_of_ms === null ? null : Math.max(0, Math.round(clock.now() - as_of_ms));
    const terms = {
      consumed: sum("consumed"),
      stored: sum("stored"),
      duplicate: sum("duplicate"),
      dead: sum("dead"),
    };
    return {
      stream: stream.name,
      label: stream.label,
      topic: stream.topic,
      internal: stream.internal,
      state: stateOf(stream, age_ms),
      as_of: as_of_ms === null ? null : formatInstant(as_of_ms),
      age_ms,
      events_per_s: this.#rate(stream, ends),
      ...terms,
      late: sum("late"),
      unknown_fields: sum("unknown_fields"),
      rejected: [],
      lag_events: sum("lag_events"),
      lag_ms: Math.max(0, ...partitions.map(({ lag_ms }) => lag_ms)),
      watermark: watermarks.length === 0 ? null : formatInstant(Math.min(...watermarks)),
      ledger_difference: terms.consumed - terms.stored - terms.duplicate - terms.dead,
      open_dead_letters: 0,
      layer: view.layer,
      live_keys: view.layer === "speed" ? view.rows.length : 0,
      expected_keys: expectedKeys(known.now(stream), view),
      partitions,
    };
  }

  #partition(end: PartitionEnds, ledger: PartitionLedger | undefined): StreamStatus["partitions"][number] {
    const { clock } = this.#context;
    const next_offset = ledger?.next_offset ?? 0;
    const watermark_ms = ledger?.watermark_ms ?? null;
    const age_ms = watermark_ms === null ? null : Math.max(0, Math.round(clock.now() - watermark_ms));
    // What retention took before it was read is not behind us any more.
    const from = Math.max(next_offset, end.start_offset);
    const place = JSON.stringify([end.topic, end.partition]);
    const lag = this.#lags.get(place) ?? new LagClock();
    this.#lags.set(place, lag);
    return {
      partition: end.partition,
      next_offset,
      consumed: ledger?.consumed ?? 0,
      stored: ledger?.stored ?? 0,
      duplicate: ledger?.duplicate ?? 0,
      dead: ledger?.dead ?? 0,
      late: ledger?.late ?? 0,
      unknown_fields: ledger?.unknown_fields ?? 0,
      watermark: watermark_ms === null ? null : formatInstant(watermark_ms),
      age_ms,
      end_offset: end.end_offset,
      lag_events: Math.max(0, end.end_offset - from),
      lag_ms: Math.round(lag.lag(clock.monotonic(), end.end_offset, from, age_ms ?? 0)),
    };
  }

  /** As the speed layer measures it, else from the log's ends over the last 5 s to a minute. */
  #rate(stream: Stream, ends: readonly PartitionEnds[]): number {
    const measured = this.#context.events_per_s?.(stream);
    if (measured !== undefined && measured !== null) return round(measured);
    const to: Sample = {
      at_ms: this.#context.clock.monotonic(),
      appended: ends.reduce((sum, end) => sum + end.end_offset, 0),
    };
    const last = this.#samples.get(stream.name);
    const old = last === undefined || to.at_ms - last.to.at_ms > minutes(1);
    const from = old ? to : to.at_ms - last.from.at_ms > seconds(10) ? last.to : last.from;
    // Kept apart by 5 s at least, so that a page that asks every second still sees a mean.
    const next = !old && to.at_ms - last.to.at_ms < seconds(5) ? last.to : to;
    this.#samples.set(stream.name, { from, to: next });
    const passed_ms = to.at_ms - from.at_ms;
    return passed_ms <= 0 ? 0 : round(Math.max(0, ((to.appended - from.appended) * 1_000) / passed_ms));
  }
}

function batchOf(...known: Parameters<typeof batchStatusOf>): Pick<StreamStatus, "batch"> {
  const batch = batchStatusOf(...known);
  return batch === undefined ? {} : { batch };
}

/** Of a log that has never answered: as far as history has read it. */
function endsOf(
  stream: Stream,
  ends: readonly PartitionEnds[],
  ledger: readonly PartitionLedger[],
): readonly PartitionEnds[] {
  const { topic } = stream;
  if (ends.length > 0) return ends.filter((end) => end.topic === topic);
  return ledger.map(({ partition, next_offset }) => ({
    topic,
    partition,
    start_offset: 0,
    end_offset: next_offset,
  }));
}

const round = (rate: number): number => Math.round(rate * 10) / 10;

/** Live: a key reports at least every third period. Delayed: still within the live TTL. Silent: not even that. */
function stateOf(stream: Stream, age_ms: number | null): StreamStatus["state"] {
  if (age_ms === null) return "empty";
  if (age_ms <= 3 * stream.expected_period_ms) return "live";
  return age_ms <= (stream.live?.ttl_ms ?? 30 * stream.expected_period_ms) ? "delayed" : "silent";
}
