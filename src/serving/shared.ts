/**
 * The whole list of a stream as bytes for all clients of a tick. A row's JSON is made when the row changes, the list by
 * joining; compression runs beside the event loop.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { hash32 } from "../core/identity.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { CurrentRow, SharedAnswer } from "./answer.ts";
import type { Context } from "./context.ts";
import { expectedKeys } from "./coverage.ts";
import { Kept } from "./kept.ts";
import { metaOf, share } from "./meta.ts";
import { pageToken } from "./page-token.ts";
import type { View } from "./view.ts";

const compress = promisify(gzip);
const encoder = new TextEncoder();

/** Level 1: a quarter of the time of level 6, for a tenth more bytes. */
const LEVEL = 1;

interface Built {
  view: View;
  expected: number;
  shared: SharedAnswer;
}

export class SharedLists {
  readonly #context: Context;
  readonly #streams = new Map<string, Kept<Built>>();

  constructor(context: Context) {
    this.#context = context;
  }

  async get(stream: Stream): Promise<SharedAnswer> {
    return (await this.#kept(stream).get()).shared;
  }

  #kept(stream: Stream): Kept<Built> {
    let kept = this.#streams.get(stream.name);
    if (kept === undefined) {
      const { clock, tick_ms } = this.#context;
      const load = (last: Built | null): Promise<Built> => this.#build(stream, last);
      kept = new Kept({ clock, fresh_ms: tick_ms, usable_ms: 4 * tick_ms, load });
      this.#streams.set(stream.name, kept);
    }
    return kept;
  }

  async #build(stream: Stream, last: Built | null): Promise<Built> {
    const { cursors, known, clock } = this.#context;
    const view = await this.#context.views.fresh(stream);
    const expected = expectedKeys(known.now(stream), view);
    if (last !== null && last.view === view && last.expected === expected) return last;
    const rows =
      view.rows.length > limits.list_rows_max ? view.rows.slice(0, limits.list_rows_max) : view.rows;
    const data: CurrentRow[] = [];
    const texts: string[] = [];
    for (const one of rows) {
      data.push(one.row);
      texts.push((one.json ??= JSON.stringify(one.row)));
    }
    const meta = metaOf({
      stream,
      cursor: await cursors.format({ [stream.name]: view.position }),
      layer: view.layer,
      now_ms: clock.now(),
      as_of_ms: view.newest_ms,
      coverage: share(view.fresh, expected),
      next_cursor: rows === view.rows ? undefined : pageToken(`current ${stream.name}`, [rows.at(-1)!.key]),
    });
    const json = encoder.encode(`{"data":[${texts.join(",")}],"meta":${JSON.stringify(meta)}}`);
    const kept = this.#kept(stream);
    const shared = {
      etag: etagOf(meta.cursor, view, expected),
      json,
      gzip: await compress(json, { level: LEVEL }),
      answer: { data, meta },
      get max_age_ms() {
        return kept.fresh_for_ms();
      },
    };
    return { view, expected, shared };
  }
}

/** Between two cursors a list changes only by rows that end, grow stale, or are expected: counts tell. */
function etagOf(cursor: string, view: View, expected: number): string {
  const facts = [cursor, view.layer, view.rows.length, view.fresh, expected].join(" ");
  return `W/"${hash32(facts).toString(36)}${hash32(`${facts} `).toString(36)}"`;
}
