/** `/data-quality`: is the data whole, is it plausible, and what do analytics leave out? */
import { Hono } from "hono";
import { ProblemError, shown } from "../../src/core/errors.ts";
import { localDay } from "../../src/core/local-day.ts";
import { parseInstant } from "../../src/core/time.ts";
import { dataQualityPage } from "../../views/data-quality.tsx";
import { daysOf } from "../data-quality.ts";
import { answerPage } from "../pages-frame.ts";
import { invalidParameter } from "../problem.ts";
import type { Page } from "./page.ts";

export const dataQuality: Page = {
  routes({ quality, frame, city, clock }) {
    return new Hono().get("/data-quality", async (c) => {
      const { stream, from, to } = c.req.query();
      const asked = { from: dayOf("from", from), to: dayOf("to", to) };
      const days = daysOf(asked, localDay(clock.now(), city.zone));
      const report =
        quality === undefined
          ? null
          : await quality.report({ ...days, ...(stream === undefined ? {} : { stream }) }).catch(unjudged);
      return answerPage(
        c,
        dataQualityPage({
          frame: frame(c),
          report: report?.data ?? null,
          streams: quality?.streams ?? [],
        }),
      );
    });
  },
};

/** An installation without streams that are judged says so on the page. */
function unjudged(error: unknown): null {
  if (error instanceof ProblemError && error.problem.name === "unavailable") return null;
  throw error;
}

function dayOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? parseInstant(`${text}T00:00:00Z`) : null;
  if (ms === null)
    throw invalidParameter(name, shown(text), "must be a day of the calendar, like 2026-11-21");
  return ms;
}
