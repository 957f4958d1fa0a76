/** What was refused at the door: from the `dead-letters` topic into history, exactly once by its own offsets. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { DeadLetter, RejectReason } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import { parseInstant } from "../core/time.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { Consumer, Log, LogBatch, LogRecord } from "../log/log.ts";
import type { Held } from "../log/progress-watch.ts";
import { sourceOf } from "../core/records.ts";
import { cut } from "./records.ts";
import { untilItWorks } from "./retry.ts";

export const REJECTS_GROUP = "arterial-rejects";

const reasons = [
  "json",
  "schema",
  "range",
  "text",
  "time",
  "future",
  "size",
  "depth",
  "geo",
  "suspect",
] as const satisfies readonly RejectReason[];
const cutText = z.string().transform((text) => text.slice(0, 1_000));

const letterSchema = z.object({
  stream: z.string().min(1).max(100),
  reason: z.enum(reasons),
  pointer: cutText,
  value: cutText,
  rule: cutText,
  source: z.string(),
  received_at: z.string(),
  payload: z.base64(),
  payload_bytes: z
    .int()
    .min(0)
    .max(2 ** 31 - 1),
  payload_sha256: z.string().max(64),
});

export interface RejectsOptions {
  log: Pick<Log, "consume" | "ends">;
  history: Pick<HistoryStore, "appendRejects" | "rejectsApplied" | "restart">;
  topic: string;
  signal: AbortSignal;
  onAway: (error: Error | null) => void;
  onWarning: (message: string) => void;
  onStored: (count: number) => void;
  /** Handed what tells where it is in each partition that it holds, while it runs. */
  onHolding: (held: () => readonly Held[]) => void;
}

export async function consumeRejects(options: RejectsOptions): Promise<void> {
  const { log, history, topic, signal, onStored } = options;
  const next = new Map<number, number>();
  const consumer = await log.consume({
    topics: [topic],
    group: REJECTS_GROUP,
    position: async (_, partition) => {
      const at = await untilItWorks(() => startOfRejects(options, partition), options);
      if (at !== null) next.set(partition, at);
      return at;
    },
    onBatch: (batch, from) => store(batch, from),
  });
  options.onHolding(() =>
    consumer.assignment().map(({ partition }) => ({
      consumer: REJECTS_GROUP,
      topic,
      partition,
      position: next.get(partition) ?? null,
    })),
  );
  const close = (): void => void consumer.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    if (signal.aborted) await consumer.close();
    await consumer.done;
  } finally {
    signal.removeEventListener("abort", close);
    options.onHolding(() => []);
  }

  async function store(batch: LogBatch, from: Consumer): Promise<void> {
    const { partition } = batch;
    const expected = next.get(partition) ?? 0;
    if (batch.first_offset < expected) return from.seek(topic, partition, expected);
    const letters = batch.records.map((record) => letterOf(record, topic, partition));
    const outcome = await untilItWorks(
      () => history.appendRejects(partition, expected, batch.next_offset, letters),
      options,
    );
    if (outcome === null) return;
    if (outcome.kind === "fenced") {
      const at = outcome.next_offsets.get(partition)!;
      next.set(partition, at);
      return from.seek(topic, partition, at);
    }
    next.set(partition, batch.next_offset);
    onStored(outcome.dead);
    await from.commit(topic, partition, batch.next_offset).catch(() => {});
  }
}

/** A topic that ends before history's place was made anew. */
async function startOfRejects(
  { log, history, topic, onWarning }: RejectsOptions,
  partition: number,
): Promise<number> {
  const at = (await history.rejectsApplied()).get(partition) ?? 0;
  const end = (await log.ends([topic])).find((one) => one.partition === partition)?.end_offset ?? 0;
  if (end >= at) return at;
  onWarning(
    `Topic ${topic}-${partition} was made anew (it ends at ${end}, history stands at ${at}): it is read from 0 again`,
  );
  await history.restart({ name: "dead-letters" }, partition, at);
  return (await history.rejectsApplied()).get(partition) ?? 0;
}

type PlacedLetter = DeadLetter & { stream: string };

/** A stranger may write to the topic as well: what is no letter becomes one about itself. */
function letterOf(record: LogRecord, topic: string, partition: number): PlacedLetter {
  // Where it can be read: in this topic. It never had a place in its stream's.
  const place = { topic, partition, offset: record.offset, dead_letter_id: null };
  const value = record.value ?? new Uint8Array();
  const parsed = letterSchema.safeParse(jsonOf(value));
  if (!parsed.success) {
    return {
      ...place,
      stream: topic,
      reason: "schema",
      pointer: "",
      value: Buffer.from(value).toString().slice(0, 100),
      rule: "must be a letter of the door",
      source: sourceOf(record.headers["source"]),
      received_at_ms: record.timestamp_ms,
      payload: cut(value),
      payload_bytes: value.length,
      payload_sha256: createHash("sha256").update(value).digest("hex"),
    };
  }
  const { stream, source, received_at, payload, ...rest } = parsed.data;
  return {
    ...place,
    ...rest,
    stream,
    source: sourceOf(source),
    received_at_ms: timeOf(received_at) ?? record.timestamp_ms,
    payload: cut(Buffer.from(payload, "base64")),
  };
}

function timeOf(text: string): number | null {
  const ms = parseInstant(text);
  return ms === null || ms < limits.event_time_min_ms ? null : ms;
}

function jsonOf(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString());
  } catch {
    return null;
  }
}
