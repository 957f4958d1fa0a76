/** Raw rows of any stream, newest first. */
import { Hono, type Context } from "hono";
import { ProblemError } from "../../src/core/errors.ts";
import { dataFragment, dataPage, type DataProps } from "../../views/data.tsx";
import { readDataQuery, type DataQuery } from "../../views/data-query.ts";
import { ROWS_PER_PAGE, type DataPage } from "../../views/data-rows.tsx";
import { answerPage } from "../pages-frame.ts";
import { absent, type Page } from "./page.ts";

export const data: Page = {
  routes({ serving, streams: all, city, clock, frame, stream: called }) {
    const streams = all.filter(({ internal }) => !internal);
    const names = streams.map(({ name }) => name);

    async function read(query: DataQuery): Promise<DataPage | null> {
      const stream = called(query.stream)!;
      const { from_ms, to_ms, key, cursor } = query;
      const answer = await serving
        .data(stream, {
          from_ms,
          to_ms,
          limit: ROWS_PER_PAGE,
          descending: true,
          ...(key === "" ? {} : { key }),
          ...(cursor === "" ? {} : { cursor }),
        })
        .catch(absent);
      return answer === null ? null : { rows: answer.data, next_cursor: answer.meta.next_cursor ?? null };
    }

    async function props(c: Context): Promise<DataProps> {
      const query = readDataQuery(c.req.query(), names, city.zone, clock.now());
      const stream = called(query.stream)!;
      const of = { frame: frame(c), streams, stream };
      try {
        return { ...of, query, page: await read(query) };
      } catch (error) {
        // An old or broken link shows the first page, and says so.
        if (!(error instanceof ProblemError) || query.cursor === "") throw error;
        const fault = "That page of rows cannot be found any more: these are the newest.";
        const first = { ...query, cursor: "", page: 1, fault };
        return { ...of, query: first, page: await read(first) };
      }
    }

    return new Hono()
      .get("/data", async (c) => answerPage(c, dataPage(await props(c))))
      .get("/fragments/data", async (c) => answerPage(c, dataFragment(await props(c))));
  },
};
