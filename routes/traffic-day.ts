/** `/api/traffic/day`: all roads over a day in one answer, so that a slider over it needs no further request. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { comparisons } from "../src/core/compare.ts";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { days, formatInstant, hours, instantOfLocal, startOfDay } from "../src/core/time.ts";
import { windowStart } from "../src/core/window.ts";
import type { TrafficDay, TrafficDayQuery } from "../src/serving/traffic-day-answer.ts";
import type { ReadDeps } from "./deps.ts";
import { derivedTag, matches, notModified } from "./etag.ts";
import { hashOf } from "./fixed.ts";
import { newRoutes, route } from "./new-routes.ts";
import { choice, date, from, queryOf, to } from "./parameters.ts";
import { presentJson } from "./present.ts";
import { invalidParameter } from "./problem.ts";
import { answerOf } from "./schema/meta.ts";
import { problems } from "./schema/problem.ts";
import { roadOrderSchema, trafficDaySchema } from "./schema/traffic-day.ts";
import { PAYS_FROM_BYTES } from "./compress.ts";
import { bodyOf, sendBody, VARY, type Body } from "./shared-body.ts";

interface Asked {
  date?: number | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

/**
 * The steps of a day of the city's zone, of the last 24 h, or those that start in a range.
 *
 * @throws {ProblemError} invalid-parameter for a day that has not begun, and for a range that is turned round or too long.
 */
export function dayRange(
  asked: Asked,
  { zone, size_ms, now_ms }: { zone: string; size_ms: number; now_ms: number },
): { from_ms: number; to_ms: number } {
  if (asked.date !== undefined) {
    if (asked.from !== undefined || asked.to !== undefined)
      throw invalidParameter("date", day(asked.date), "must be left out where from or to is given");
    const from_ms = dayStart(asked.date, zone);
    if (from_ms > now_ms)
      throw invalidParameter("date", day(asked.date), "must not be a day that has not begun");
    return { from_ms, to_ms: startOfDay(from_ms + hours(30), zone) };
  }
  const next_ms = windowStart(now_ms, size_ms) + size_ms;
  const to_ms = asked.to ?? (asked.from === undefined ? next_ms : Math.min(asked.from + days(1), next_ms));
  const from_ms = asked.from ?? to_ms - days(1);
  if (from_ms >= to_ms)
    throw invalidParameter(
      "from",
      formatInstant(from_ms),
      `must be before to, which is ${formatInstant(to_ms)}`,
    );
  if (to_ms - from_ms > hours(limits.day_hours_max))
    throw invalidParameter(
      "from",
      formatInstant(from_ms),
      `must not be more than ${limits.day_hours_max} hours before to`,
    );
  // Windows that start in the range, as everywhere.
  const start = (ms: number): number => windowStart(ms - 1, size_ms) + size_ms;
  return { from_ms: start(from_ms), to_ms: start(to_ms) };
}

const day = (ms: number): string => formatInstant(ms).slice(0, 10);

/** The first instant of a day that is given as its midnight in UTC. */
function dayStart(utc_ms: number, zone: string): number {
  const noon_ms = instantOfLocal(utc_ms + hours(12), zone);
  // Samoa had no 30th of December 2011.
  if (noon_ms === null) throw invalidParameter("date", day(utc_ms), "must be a day that the city has had");
  return startOfDay(noon_ms, zone);
}

interface Packed {
  etag: string;
  roads_hash: string;
  json: Body;
  shares: Body;
  bytes: Body;
}

const packed = new WeakMap<TrafficDay, Packed>();

/** The bodies of an answer, each packed when it is first asked for. */
function packedOf(answer: TrafficDay, of: TrafficDayQuery["of"]): Packed {
  let made = packed.get(answer);
  if (made !== undefined) return made;
  const roads_hash = hashOf(answer.roads.join("\n"));
  const { roads, steps, step_ms, percent, congested, reporting, days: of_days, meta } = answer;
  const shares: z.infer<typeof trafficDaySchema> = {
    roads_hash,
    of: of ?? "itself",
    steps: steps.map(formatInstant),
    step_s: step_ms / 1_000,
    congested: [...congested],
    reporting: [...reporting],
    days: of_days,
  };
  const data: z.infer<typeof trafficDaySchema> = {
    ...shares,
    roads: [...roads],
    ratios: Buffer.from(percent.buffer, percent.byteOffset, percent.length).toString("base64"),
  };
  const text = (of_data: object): Body =>
    bodyOf(new TextEncoder().encode(JSON.stringify({ data: of_data, meta })), PAYS_FROM_BYTES);
  made = {
    // What was there then, not when it was asked: a closed day keeps its tag until a late event changes it.
    etag: `W/"${hashOf(roads_hash, String(steps[0] ?? 0), percent)}"`,
    roads_hash,
    json: text(data),
    shares: text(shares),
    bytes: bodyOf(percent, PAYS_FROM_BYTES),
  };
  packed.set(answer, made);
  return made;
}

const answers = ["json", "shares", "bytes"] as const;
type AnswerName = (typeof answers)[number];
const BYTES = "application/octet-stream";

/** For a minute of late events nobody need ask anew; of a day that goes on, the next step is new. */
const CLOSED_S = 3_600;

const cacheControl = ({ closed, step_ms }: TrafficDay, now_ms: number): string => {
  const next_s = Math.ceil((windowStart(now_ms, step_ms) + step_ms - now_ms) / 1_000);
  return `public, max-age=${closed ? CLOSED_S : next_s}`;
};

export function trafficDayRoutes({ serving, city, clock }: ReadDeps, stream: Stream) {
  const size_ms = stream.windows?.size_ms ?? 0;
  const tags = ["Traffic"];

  async function answer(c: Context, query: TrafficDayQuery, name: AnswerName): Promise<Response> {
    const made = await serving.trafficDay(query);
    const { etag, roads_hash, ...bodies } = packedOf(made, query.of);
    const bytes = name === "bytes";
    const cache_control = cacheControl(made, clock.now());
    const tag = name === "json" ? etag : derivedTag(etag, name);
    if (matches(c.req.header("if-none-match"), tag)) return notModified(tag, cache_control, VARY);
    const headers = new Headers({
      "content-type": bytes ? BYTES : "application/json",
      "cache-control": cache_control,
      etag: tag,
      "arterial-cursor": made.meta.cursor,
    });
    if (made.meta.as_of !== null) headers.set("arterial-as-of", made.meta.as_of);
    if (bytes) {
      headers.set("arterial-from", formatInstant(query.from_ms));
      headers.set("arterial-to", formatInstant(query.to_ms));
      headers.set("arterial-step-s", String(made.step_ms / 1_000));
      headers.set("arterial-steps", String(made.steps.length));
      headers.set("arterial-roads", String(made.roads.length));
      headers.set("arterial-roads-hash", roads_hash);
    }
    return sendBody(c, headers, bodies[name]);
  }

  const word = (description: string) => ({ description, schema: { type: "string" as const } });
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/traffic/day",
        operationId: "trafficDay",
        summary: "All roads over a day, one byte per road and 5 minutes",
        description:
          "A day of the city's zone with date, the steps that start from from to before to, or the last 24 hours. With of, each step has instead what was there at the same local time before; typical is the mean over the same weekday of the last 4 weeks, or over the last 7 days where fewer than 2 of them have data. As application/octet-stream the bytes alone, their roads in the order of /api/traffic/day/roads.",
        tags,
        "x-scope": "read",
        request: {
          query: queryOf({
            date: date("A day of the city's zone, of 23 to 25 hours."),
            from,
            to,
            of: choice(comparisons, "What the steps are compared with, instead of the steps.").optional(),
            format: choice(
              answers,
              "json; shares for the same without roads and ratios; bytes for the bytes alone. It wins over Accept.",
            ).optional(),
          }),
        },
        responses: {
          200: {
            description: "The day. Steps without data are 255.",
            headers: {
              ETag: word("Weak; give it back as If-None-Match."),
              "Arterial-Cursor": word("meta.cursor."),
              "Arterial-As-Of": word("meta.as_of."),
              "Arterial-From": word("Of bytes: start of the first step."),
              "Arterial-To": word("Of bytes: end of the last step."),
              "Arterial-Step-S": word("Of bytes: length of a step, s."),
              "Arterial-Steps": word("Of bytes: rows."),
              "Arterial-Roads": word("Of bytes: bytes per row."),
              "Arterial-Roads-Hash": word("Of bytes: data.roads_hash of /api/traffic/day/roads."),
            },
            content: {
              "application/json": { schema: answerOf(trafficDaySchema) },
              [BYTES]: {
                schema: z.string().openapi({ format: "binary", description: "steps × roads bytes." }),
              },
            },
          },
          304: { description: "Not changed since the given ETag." },
          ...problems(400, 503),
        },
      }),
      (c) => {
        const { of = null, format, ...asked } = c.req.valid("query");
        const range = dayRange(asked, { zone: city.zone, size_ms, now_ms: clock.now() });
        const octets = c.req.header("accept")?.startsWith(BYTES) === true;
        return answer(c, { ...range, of }, format ?? (octets ? "bytes" : "json"));
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/traffic/day/roads",
        operationId: "trafficDayRoads",
        summary: "Which road each byte of a day is",
        tags,
        "x-scope": "read",
        request: { query: queryOf({}) },
        responses: {
          200: {
            description: "The order, the same for every day until a road comes that nobody knew.",
            content: { "application/json": { schema: z.object({ data: roadOrderSchema }) } },
          },
          ...problems(400, 503),
        },
      }),
      async (c) => {
        const range = dayRange({}, { zone: city.zone, size_ms, now_ms: clock.now() });
        const { roads } = await serving.trafficDay({ ...range, of: null });
        return presentJson(c, { data: { roads, roads_hash: hashOf(roads.join("\n")) } });
      },
    );
}
