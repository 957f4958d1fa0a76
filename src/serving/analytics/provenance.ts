/** `meta` of the analytics: which layer answered, up to where, how new, and how much of what is expected is there. */
import type { Stream } from "../../core/stream.ts";
import { formatInstant, hours } from "../../core/time.ts";
import type { PartitionLedger } from "../../history/history-store.ts";
import type { Answer, Meta } from "../answer.ts";
import type { Context } from "../context.ts";
import { metaOf } from "../meta.ts";
import { positionOf } from "../window-rows.ts";
import type { Cell } from "./calendar.ts";
import { originOf, type Origin } from "./reads.ts";

export interface Facts {
  origins: readonly Origin[];
  /** Start of the newest hour with data; null without any. */
  newest_ms: number | null;
  coverage: number;
}

/** Reads the position before the data, so that an answer holds at least what it says. */
export async function answered<T>(
  { history, cursors, clock }: Context,
  stream: Stream,
  make: () => Promise<{ data: T; facts: Facts }>,
): Promise<Answer<T>> {
  const ledger = await history.ledger(stream);
  const { data, facts } = await make();
  const { frontier_ms, merged } = originOf(facts.origins);
  const newest_ms = facts.newest_ms;
  const meta: Meta = metaOf({
    stream,
    cursor: await cursors.format({ [stream.name]: positionOf(stream, ledger) }),
    layer: merged ? "merged" : "batch",
    now_ms: clock.now(),
    as_of_ms: newest_ms === null ? null : Math.min(newest_ms + hours(1) - 1, watermarkOf(ledger)),
    coverage: facts.coverage,
  });
  return { data, meta: frontier_ms === null ? meta : { ...meta, frontier: formatInstant(frontier_ms) } };
}

const watermarkOf = (ledger: readonly PartitionLedger[]): number => {
  const most = Math.max(-Infinity, ...ledger.map((part) => part.watermark_ms ?? -Infinity));
  return Number.isFinite(most) ? most : Infinity;
};

export const newestOf = (cells: readonly Cell[]): number | null =>
  cells.findLast(({ kept }) => kept !== null)?.start_ms ?? null;
