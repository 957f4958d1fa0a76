/** What the conformance suite of live stores stands on: streams, a clock moved by hand, rows. */
import type { AnswerRow } from "../core/json.ts";
import { id, number } from "../core/field.ts";
import { defineStream, type Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { LiveRow, LiveStore } from "./live-store.ts";

/** A fresh, empty store; `keys_max` only where the adapter has the feature `keys_max`. */
export type OpenLive = (options: { clock: Clock; keys_max?: number }) => Promise<LiveStore>;

export interface LiveFeatures {
  /** The adapter itself bounds the keys of a stream and drops those updated longest ago. */
  keys_max: boolean;
}

export interface LiveLaw {
  name: string;
  needs?: keyof LiveFeatures;
  holds(open: OpenLive): Promise<void>;
}

export const TTL_MS = 60_000;
/** How long what has ended is shown. */
export const ENDED_TTL_MS = 10_000;
const declare = (name: string, ends: boolean): Stream =>
  defineStream({
    name,
    label: name,
    doc: "For the conformance suite.",
    topic: `${name}-raw`,
    fields: {
      thing_id: id("Key."),
      value: number("Measure.", { unit: "1", min: 0, max: 1e9, decimals: 0 }),
    },
    key: "thing_id",
    event_time: "timestamp",
    expected_period_ms: 10_000,
    live: {
      hash: `${name}:{thing_id}:current`,
      ttl_ms: TTL_MS,
      ...(ends ? { ended: { field: "text", value: "closed", ttl_ms: ENDED_TTL_MS } } : {}),
    },
    history: { table: `${name}_data`, retention_ms: null },
  });

export const things = declare("things", false);
export const others = declare("others", false);
/** Whose keys come to an end, with the text `closed`. */
export const calls = declare("calls", true);

/** Starts at the wall clock, so that a server's own clock agrees with it; moves only when told. */
export class HandClock implements Clock {
  ms = Math.floor(Date.now() / 1_000) * 1_000;
  now = (): number => this.ms;
  monotonic = (): number => this.ms;
}

export interface Made {
  key?: string;
  /** Of the event, counted from the clock's start; 0 by default. */
  at_ms?: number;
  partition?: number;
  offset?: number;
  text?: string;
}

const TEXT = 'Straße \u{1F6A6} "q"';
function rowAt(start_ms: number, made: Made = {}): LiveRow {
  const { key = "a", at_ms = 0, partition = 0, offset = 0, text = TEXT } = made;
  const row: AnswerRow = { thing_id: key, value: offset, odd: null, yes: true, text };
  return { key, event_time_ms: start_ms + at_ms, partition, offset, source: "test", row };
}

export const byKey = (rows: readonly LiveRow[]): LiveRow[] =>
  [...rows].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));

export async function withStore(
  open: OpenLive,
  use: (store: LiveStore, clock: HandClock, make: (made?: Made) => LiveRow) => Promise<void>,
  keys_max?: number,
): Promise<void> {
  const clock = new HandClock();
  const store = await open({ clock, ...(keys_max === undefined ? {} : { keys_max }) });
  const start_ms = clock.ms;
  try {
    await use(store, clock, (made) => rowAt(start_ms, made));
  } finally {
    await store.close();
  }
}
