/**
 * The whole list of a stream as bytes for all clients of a tick. A row's JSON is made when the row changes, the list by
 * joining; compression runs beside the event loop.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { hash32 } from "../core/identity.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { CurrentRow, Listed, SharedAnswer } from "./answer.ts";
import type { Context } from "./context.ts";
import { coverageOf, expectedKeys, isListed } from "./coverage.ts";
import { Kept } from "./kept.ts";
import { metaOf } from "./meta.ts";
import { pageToken } from "./page-token.ts";
import { joinBytes, rowBytes } from "./row-bytes.ts";
import type { View } from "./view.ts";

const compress = promisify(gzip);

/** Level 1: a quarter of the time of level 6, for a tenth more bytes. */
const LEVEL = 1;

const WHOLE = { keys: null, bbox: null, near: null };
const ALL: Listed = {};

interface Built {
  view: View;
  expected: number;
  /** Rows on the list: between two ticks they only leave it. */
  rows: number;
  shared: SharedAnswer;
}

export class SharedLists {
  readonly #context: Context;
  readonly #streams = new Map<string, Kept<Built>>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** @param listed As an address declares it: each way of listing is kept for good. */
  async get(stream: Stream, listed: Listed = ALL): Promise<SharedAnswer> {
    return (await this.#kept(stream, listed).get()).shared;
  }

  #kept(stream: Stream, listed: Listed): Kept<Built> {
    const list = `${stream.name} ${listed.max_age_ms ?? ""} ${listed.active ?? false}`;
    let kept = this.#streams.get(list);
    if (kept === undefined) {
      const { clock, tick_ms } = this.#context;
      const load = (last: Built | null): Promise<Built> => this.#build(stream, listed, last);
      kept = new Kept({ clock, fresh_ms: tick_ms, usable_ms: 4 * tick_ms, load });
      this.#streams.set(list, kept);
    }
    return kept;
  }

  async #build(stream: Stream, listed: Listed, last: Built | null): Promise<Built> {
    const { cursors, known, clock, network } = this.#context;
    const view = await this.#context.views.fresh(stream);
    const now_ms = clock.now();
    const expected = expectedKeys(known.now(stream), view);
    const on_list = view.rows.filter((row) => isListed(stream, listed, row, now_ms));
    const same = last !== null && last.view === view && last.expected === expected;
    if (same && last.rows === on_list.length) return last;
    const data: CurrentRow[] = [];
    const parts: Uint8Array[] = [];
    let fresh = 0;
    let as_of_ms: number | null = null;
    let last_key: string | null = null;
    for (const one of on_list) {
      if (!one.stale) fresh++;
      if (data.length === limits.list_rows_max) continue;
      data.push(one.row);
      parts.push(rowBytes(one.row));
      last_key = one.key;
      if (as_of_ms === null || one.event_time_ms > as_of_ms) as_of_ms = one.event_time_ms;
    }
    const of = { rows: on_list.length, fresh };
    const meta = metaOf({
      stream,
      cursor: await cursors.format({ [stream.name]: view.position }),
      layer: view.layer,
      now_ms,
      as_of_ms,
      coverage: coverageOf(network, stream, WHOLE, known.now(stream), view, of),
      next_cursor:
        last_key === null || data.length === on_list.length
          ? undefined
          : pageToken(`current ${stream.name}`, [last_key]),
    });
    const json = joinBytes(`{"data":[`, parts, `],"meta":${JSON.stringify(meta)}}`);
    const made = {
      etag: etagOf(meta.cursor, view, on_list.length, expected),
      json,
      gzip: await compress(json, { level: LEVEL }),
      answer: { data, meta },
    };
    const shared = untilNextTick(made, this.#kept(stream, listed));
    return { view, expected, rows: on_list.length, shared };
  }
}

/** Out here, because a getter keeps all that its scope holds: within the method each list would keep the one before. */
const untilNextTick = (made: Omit<SharedAnswer, "max_age_ms">, kept: Kept<Built>): SharedAnswer => ({
  ...made,
  get max_age_ms() {
    return kept.fresh_for_ms();
  },
});

/** Between two cursors a list changes only by rows that end, grow stale, or are expected: counts tell. */
function etagOf(cursor: string, view: View, rows: number, expected: number): string {
  const facts = [cursor, view.layer, rows, view.fresh, expected].join(" ");
  return `W/"${hash32(facts).toString(36)}${hash32(` ${facts}`).toString(36)}"`;
}
