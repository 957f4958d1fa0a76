/** `/api/analytics/data-quality`: how whole and plausible each key's data is, and which keys analytics leave out. */
import { z } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { ProblemError, shown } from "../src/core/errors.ts";
import { cleanText } from "../src/core/field.ts";
import { limits } from "../src/core/limits.ts";
import { localDay, startOfLocalDay } from "../src/core/local-day.ts";
import { formatInstant, parseInstant } from "../src/core/time.ts";
import {
  KEYS_USUAL,
  type Exclusion,
  type QualityDesk,
  type QualityReport,
} from "../src/serving/quality-desk.ts";
import { objectAnswer, tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate } from "./format.ts";
import { newRoutes, route } from "./new-routes.ts";
import {
  bbox,
  choice,
  date,
  format,
  key,
  limit,
  numberParameter,
  queryOf,
  wholeParameter,
} from "./parameters.ts";
import { present, presentJson, presentObject } from "./present.ts";
import { invalidParameter } from "./problem.ts";
import {
  excludeSchema,
  exclusionSchema,
  qualityKeySchema,
  qualityReportSchema,
} from "./schema/data-quality.ts";
import { problems } from "./schema/problem.ts";
import { columnsOfSchema } from "./schema/rows.ts";

const formats = ["json", "csv", "ndjson"] as const;
const tags = ["Analytics"];
const DAY_MS = 86_400_000;
const BODY_BYTES_MAX = 16 * 1024;
const percent = (doc: string) => numberParameter(0, 100, "%", doc).optional();

export function qualityRoutes({ serving, city, clock }: ReadDeps, desk: QualityDesk) {
  const report = newRoutes().openapi(
    route({
      method: "get",
      path: "/api/analytics/data-quality",
      operationId: "dataQuality",
      summary: "How whole and plausible the data is: by day, and the worst keys with reasons",
      description:
        "Judged by the job data-quality: today each hour, the day before at 01:30. CSV and NDJSON hold the keys.",
      tags,
      "x-scope": "read",
      request: {
        query: queryOf({
          stream: choice(
            desk.streams.map(({ name }) => name),
            `Whose keys; ${desk.streams[0]?.name ?? "none"} without it.`,
          ).optional(),
          from: date("First day, of the city's zone; six days before the last without it."),
          to: date("Last day, included; today without it."),
          key: key("Only this key.").optional(),
          bbox,
          min_completeness: percent("Only keys with at least this share of the expected events."),
          below_completeness: percent("Only keys with less than it."),
          limit: limit(limits.quality_rows_max).openapi({
            description: `Keys at most, 1 to ${limits.quality_rows_max}; the ${KEYS_USUAL} worst without it.`,
          }),
          format: format(formats),
        }),
      },
      responses: {
        ...tableAnswer({
          description: "Days of all keys, and the keys, worst first.",
          row: qualityKeySchema,
          data: qualityReportSchema,
          formats,
        }),
        ...problems(400, 404, 503),
      },
    }),
    async (c) => {
      const asked = c.req.valid("query");
      const days = daysOf(asked, localDay(clock.now(), city.zone));
      const answer = await desk.report({
        ...days,
        stream: asked.stream,
        keys: await keysOf(asked),
        min_completeness: asked.min_completeness,
        below_completeness: asked.below_completeness,
        limit: asked.limit,
      });
      const wanted = negotiate(c.req.header("accept"), asked.format, formats);
      const name = `data-quality-${answer.data.stream}-${answer.data.from_day}-${answer.data.to_day}`;
      if (wanted === "json") return presentObject(c, { ...answer, data: toldOf(answer.data) }, name);
      return present(c, { ...answer, data: answer.data.keys.map(flat) }, wanted, {
        name,
        columns: columnsOfSchema(qualityKeySchema),
      });
    },
  );

  async function keysOf(asked: {
    stream?: string | undefined;
    key?: string | undefined;
    bbox?: readonly [number, number, number, number] | undefined;
  }): Promise<readonly string[] | undefined> {
    if (asked.bbox === undefined) return asked.key === undefined ? undefined : [asked.key];
    const text = asked.bbox.join(",");
    if (asked.key !== undefined) throw invalidParameter("bbox", text, "must be left out where key is given");
    if (asked.stream !== undefined && asked.stream !== "traffic")
      throw invalidParameter("bbox", text, "must be left out: only roads have a place here");
    const { data } = await serving.roads({ bbox: asked.bbox, limit: limits.list_rows_max });
    return data.map(({ road_id }) => road_id);
  }

  const exclude = report.openapi(
    route({
      method: "post",
      path: "/api/analytics/data-quality/exclusions",
      operationId: "excludeKey",
      summary: "Leave a key out of analytics",
      description:
        "Raw rows, windows and live answers keep it; analytics say how many keys they leave out, and why.",
      tags,
      "x-scope": "operate",
      middleware: [bodyLimit({ maxSize: BODY_BYTES_MAX, onError: tooLarge })],
      request: {
        query: queryOf({}),
        body: { required: true, content: { "application/json": { schema: excludeSchema } } },
      },
      responses: {
        ...objectAnswer("It is left out.", z.object({ data: exclusionSchema }), 201),
        ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
      },
    }),
    async (c) => {
      const { stream, key: asked_key, from_day, to_day, reason } = c.req.valid("json");
      if (!cleanText(asked_key)) throw invalidBody("key", asked_key, "must be plain text");
      if (!cleanText(reason)) throw invalidBody("reason", reason, "must be plain text");
      const first = dayIn("from_day", from_day, city.zone) ?? localDay(clock.now(), city.zone);
      const last = dayIn("to_day", to_day, city.zone);
      if (last !== null && last < first)
        throw invalidBody("to_day", last, `must not be before from_day, which is ${first}`);
      const added = await desk.exclude({
        stream,
        key: asked_key.normalize("NFC"),
        from_day: first,
        to_day: last,
        reason: reason.normalize("NFC"),
      });
      return presentJson(c, { data: exclusionOf(added) }, "no-store", 201);
    },
  );

  return exclude.openapi(
    route({
      method: "delete",
      path: "/api/analytics/data-quality/exclusions/{exclusion_id}",
      operationId: "includeKey",
      summary: "Let a key into analytics again that was excluded by hand",
      description: "What a rule excludes comes back when its day is judged anew by other thresholds.",
      tags,
      "x-scope": "operate",
      request: {
        params: z.object({
          exclusion_id: wholeParameter(1, 999_999_999, "1", "Identifier of the exclusion."),
        }),
        query: queryOf({}),
      },
      responses: {
        204: { description: "It is in again." },
        ...problems(400, 401, 403, 404, 503),
      },
    }),
    async (c) => {
      await desk.include(c.req.valid("param").exclusion_id);
      return c.body(null, 204);
    },
  );
}

/** @throws {ProblemError} invalid-parameter for a range that is turned round or too long. */
export function daysOf(
  { from, to }: { from?: number | undefined; to?: number | undefined },
  today: string,
): { from_day?: string; to_day?: string } {
  const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const last_ms = to ?? parseInstant(`${today}T00:00:00Z`)!;
  if (from !== undefined && from > last_ms)
    throw invalidParameter("from", dayOf(from), `must not be after to, which is ${dayOf(last_ms)}`);
  if (from !== undefined && last_ms - from > limits.range_days_max * DAY_MS)
    throw invalidParameter(
      "from",
      dayOf(from),
      `must not be more than ${limits.range_days_max} days before to`,
    );
  return {
    ...(from === undefined ? {} : { from_day: dayOf(from) }),
    ...(to === undefined ? {} : { to_day: dayOf(to) }),
  };
}

function dayIn(field: string, text: string | undefined, zone: string): string | null {
  if (text === undefined) return null;
  const at_ms = startOfLocalDay(text, zone);
  if (at_ms === null || at_ms < limits.event_time_min_ms)
    throw invalidBody(field, text, "must be a day of the calendar since 2000, like 2026-11-21");
  return text;
}

const invalidBody = (field: string, value: string, rule: string): ProblemError =>
  new ProblemError({
    name: "invalid-body",
    detail: `/${field} = ${shown(value)} ${rule}`,
    errors: [{ pointer: `/${field}`, value: shown(value), rule }],
  });

const tooLarge = (): never => {
  throw new ProblemError({ name: "too-large", detail: `The body must have at most ${BODY_BYTES_MAX} bytes` });
};

const exclusionOf = ({ added_ms, ...rest }: Exclusion): z.output<typeof exclusionSchema> => ({
  ...rest,
  added: formatInstant(added_ms),
});

const toldOf = (report: QualityReport) => ({ ...report, exclusions: report.exclusions.map(exclusionOf) });

const flat = (row: QualityReport["keys"][number]) => ({ ...row, reasons: row.reasons.join("; ") });
