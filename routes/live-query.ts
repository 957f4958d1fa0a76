/** The question of a live stream: which streams, where, which keys, how often, since when. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { cleanText } from "../src/core/field.ts";
import { limits } from "../src/core/limits.ts";
import type { LogPosition } from "../src/core/cursor.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Filter } from "../src/push/hub.ts";
import { bbox, queryOf, wholeParameter } from "./parameters.ts";
import { invalidParameter, validationHook } from "./problem.ts";

export interface LiveQuery {
  filter: Filter;
  tick_ms: number;
  /** Where the client was; null for one that comes anew. */
  resume: LogPosition | null;
}

const text = (description: string) =>
  z.string({ error: "must be given once" }).optional().openapi({ description });

const shape = {
  topics: text("Comma list of stream names; without it all, or those that roads and keys name."),
  bbox,
  roads: text(
    `Comma list of road_id, for every topic keyed by road. With keys at most ${limits.keys_asked_max}.`,
  ),
  keys: text(`Comma list of stream:key. With roads at most ${limits.keys_asked_max}.`),
  tick_ms: wholeParameter(
    limits.tick_ms_min,
    limits.tick_ms_max,
    "ms",
    `A key is sent at most once in this time; ${limits.tick_ms_min} without it.`,
  ).optional(),
  last_event_id: text("Where to resume, for clients that cannot set the header Last-Event-ID."),
};

/** Query of `GET /api/live`. */
export const liveQuery = queryOf(shape);
/** Query of the pages' `GET /live`: `page` names the group of notes. */
export const pageQuery = queryOf({ ...shape, page: z.string({ error: "must be given once" }) });

type Asked = z.infer<typeof liveQuery>;

/** Checks the query of a request. @throws {ProblemError} invalid-parameter, with each parameter, value and rule. */
export async function asked<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const given = Object.entries(c.req.queries()).map(([name, values]) => [
    name,
    values.length === 1 ? values[0] : values,
  ]);
  const result = schema.safeParse(Object.fromEntries(given));
  if (result.success) return result.data;
  await validationHook({ target: "query", success: false, error: result.error }, c);
  throw result.error;
}

/**
 * @param all Streams of the city.
 * @param byDefault Streams of a query that names none.
 * @param last_event_id Of the header; it wins over the query, because only a returning client sets it.
 * @param parse Reads a cursor; null when it is none of this log's.
 * @throws {ProblemError} invalid-parameter
 */
export function parseLive(
  query: Asked,
  all: readonly Stream[],
  byDefault: readonly Stream[],
  last_event_id: string | undefined,
  parse: (cursor: string) => LogPosition | null,
): LiveQuery {
  const named =
    query.topics === undefined
      ? null
      : list("topics", query.topics).map((name) => called(all, "topics", name));
  const keys = new Map<string, Set<string>>();
  const add = (stream: Stream, key: string): void => {
    const set = keys.get(stream.name);
    if (set === undefined) keys.set(stream.name, new Set([key]));
    else set.add(key);
  };
  let count = 0;
  if (query.roads !== undefined) {
    const byRoad = (named ?? all).filter((stream) => stream.key === "road_id");
    if (byRoad.length === 0)
      throw invalidParameter("roads", query.roads, "needs a topic whose key is road_id");
    for (const road_id of list("roads", query.roads)) {
      count++;
      for (const stream of byRoad) add(stream, keyOf("roads", road_id));
    }
  }
  if (query.keys !== undefined) {
    for (const pair of list("keys", query.keys)) {
      count++;
      const colon = pair.indexOf(":");
      if (colon < 1) throw invalidParameter("keys", pair, "must be stream:key");
      const stream = called(named ?? all, "keys", pair.slice(0, colon));
      add(stream, keyOf("keys", pair.slice(colon + 1)));
    }
  }
  if (count > limits.keys_asked_max) {
    const rule = `must not name more than ${limits.keys_asked_max} keys together; ${count} were named`;
    throw invalidParameter(query.keys === undefined ? "roads" : "keys", String(count), rule);
  }
  const streams = named ?? (keys.size > 0 ? all.filter((stream) => keys.has(stream.name)) : byDefault);
  return {
    filter: { streams: [...new Set(streams)], bbox: query.bbox ?? null, keys },
    tick_ms: query.tick_ms ?? limits.tick_ms_min,
    resume: resumeOf(query.last_event_id, last_event_id, parse),
  };
}

function resumeOf(
  fromQuery: string | undefined,
  fromHeader: string | undefined,
  parse: (cursor: string) => LogPosition | null,
): LogPosition | null {
  const name = fromHeader ? "Last-Event-ID" : "last_event_id";
  const cursor = fromHeader ? fromHeader : fromQuery;
  // An EventSource that got no id yet, and a page without a cursor, send an empty one.
  if (cursor === undefined || cursor === "") return null;
  const position = parse(cursor);
  if (position === null)
    throw invalidParameter(
      name,
      cursor,
      "must be the id of an event of this feed, or meta.cursor of an answer",
    );
  return position;
}

const list = (parameter: string, value: string): string[] => {
  const items = value.split(",").map((item) => item.trim());
  if (items.includes(""))
    throw invalidParameter(parameter, value, "must be a comma list without empty items");
  return items;
};

function called(streams: readonly Stream[], parameter: string, name: string): Stream {
  const stream = streams.find((s) => s.name === name);
  if (stream !== undefined) return stream;
  throw invalidParameter(parameter, name, `must name a topic of ${streams.map((s) => s.name).join(", ")}`);
}

function keyOf(parameter: string, key: string): string {
  if (key.length === 0 || key.length > limits.id_chars_max || !cleanText(key)) {
    throw invalidParameter(
      parameter,
      key,
      `must be keys of 1 to ${limits.id_chars_max} characters, without control characters`,
    );
  }
  return key.normalize("NFC");
}
