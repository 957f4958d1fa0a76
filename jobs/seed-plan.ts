/** What of a simulated past is written, in which order: the newest hour of every source first. */
import type { Stream } from "../src/core/stream.ts";
import { hours } from "../src/core/time.ts";
import type { Maker } from "../src/sources/simulator/index.ts";

/** One source's share of one hour. */
export interface Piece {
  maker: Maker;
  hour: number;
  /** Half-open spans of time whose events are written, in order. */
  spans: readonly (readonly [from_ms: number, to_ms: number])[];
  /** About how many events these are. */
  events: number;
}

/** A piece by its name, as it is noted. */
export interface PieceMark {
  stream: string;
  hour: number;
}

export const markOf = ({ maker, hour }: Piece): PieceMark => ({ stream: maker.stream.name, hour });

/**
 * The plan without what must not be written again: pieces that were begun and whose raw rows are gone. Nobody would see
 * that they repeat what windows have counted. Of the piece that was begun last the rest is lost with it.
 *
 * @param begun The piece that was begun last; null for none.
 * @param rawFrom The instant from which raw rows of a stream are surely there until a piece is stored.
 */
export function withoutGone(
  plan: readonly Piece[],
  begun: PieceMark | null,
  rawFrom: (stream: Stream) => number,
): Piece[] {
  const last = plan.findIndex(
    ({ maker, hour }) => maker.stream.name === begun?.stream && hour === begun.hour,
  );
  return plan.filter(({ maker: { stream }, spans }, i) => {
    if (i > last || stream.windows === null) return true;
    return spans.every(([from_ms]) => from_ms >= rawFrom(stream));
  });
}

export interface SeedSpan {
  from_ms: number;
  to_ms: number;
  /** In place of the steps that the sources name. */
  step_ms?: number;
}

/** How far back a source goes where a span is asked for: half-open. */
export function spanOf(
  { past }: Maker,
  { from_ms, to_ms }: SeedSpan,
): readonly [from_ms: number, to_ms: number] {
  return [to_ms - Math.min(past.at_most_ms, (to_ms - from_ms) * past.times), to_ms];
}

/** Newest hour first; within it the sources in their order, each in the order of time. */
export function planOf(makers: readonly Maker[], span: SeedSpan): Piece[] {
  const pieces = makers.flatMap((maker) => piecesOf(maker, span));
  return pieces.sort((a, b) => b.hour - a.hour || makers.indexOf(a.maker) - makers.indexOf(b.maker));
}

const hourOf = (ms: number): number => Math.floor(ms / hours(1));

function piecesOf(maker: Maker, span: SeedSpan): Piece[] {
  const { past } = maker;
  const [from_ms, to_ms] = spanOf(maker, span);
  const step_ms =
    past.step_ms === null
      ? null
      : past.at_most_ms === Infinity
        ? (span.step_ms ?? past.step_ms)
        : past.step_ms;
  const of_hour = new Map<number, [number, number][]>();
  const add = (from: number, to: number): void => {
    const hour = hourOf(past.in_order ? from_ms : from);
    of_hour.set(hour, [...(of_hour.get(hour) ?? []), [from, to]]);
  };
  if (step_ms === null) {
    for (let at = from_ms; at < to_ms; at = (hourOf(at) + 1) * hours(1))
      add(at, Math.min(to_ms, (hourOf(at) + 1) * hours(1)));
  } else {
    // Only steps in which every key has reported.
    const length_ms = Math.min(step_ms, maker.period_ms);
    for (let at = Math.ceil(from_ms / step_ms) * step_ms; at + length_ms <= to_ms; at += step_ms)
      add(at, at + length_ms);
  }
  return [...of_hour].map(([hour, spans]) => {
    const covered_ms =
      step_ms === null
        ? spans.reduce((sum, [from, to]) => sum + to - from, 0)
        : spans.length * maker.past.step_ms!;
    return { maker, hour, spans, events: (past.events_per_s * covered_ms) / 1_000 };
  });
}
