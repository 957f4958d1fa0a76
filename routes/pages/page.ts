/** What a page is: its routes, and the note that keeps it alive. And what the pages share. */
import type { Context, Hono } from "hono";
import { isAway, ProblemError, problemNames } from "../../src/core/errors.ts";
import { cleanText } from "../../src/core/field.ts";
import type { Stream } from "../../src/core/stream.ts";
import type { QualityDesk } from "../../src/serving/quality-desk.ts";
import type { RoadView } from "../../src/serving/answer.ts";
import { traffic as declared } from "../../src/streams/traffic.ts";
import type { DeadLetterRow } from "../../views/dead-letters.tsx";
import { faultPage } from "../../views/fault.tsx";
import type { Frame, PageNote } from "../../views/page.ts";
import type { Neighbour } from "../../views/road-now.tsx";
import type { ReadDeps } from "../deps.ts";
import type { CityRoutes } from "../pages-city.ts";
import { answerPage, frames } from "../pages-frame.ts";
import { problemOf } from "../problem.ts";

export interface PageDeps extends ReadDeps {
  /** Data quality; its page says that nothing is judged without it. */
  quality?: QualityDesk;
  /** Reader of dead letters, newest first; without it that part of the page stays empty. */
  deadLetters?: { list(query: { limit: number }): Promise<{ letters: readonly DeadLetterRow[] }> };
}

/** One page: a file of this folder that the list in `index.ts` names. */
export interface Page {
  /** The page, its fragments and pictures. All are readable by everybody who may read (scope `read`). */
  routes(tools: PageTools): Hono;
  /** What changes on it each second; a page without one lives from its topics alone. */
  note?: PageNote;
}

/** What a page is made with. */
export interface PageTools extends PageDeps {
  frame: (c: Context) => Frame;
  /** The stream of roads, as this platform declares it. */
  traffic: Stream;
  /** A stream by name; null where the platform has none such. */
  stream: (name: string) => Stream | null;
  neighboursOf: (view: RoadView) => Promise<readonly Neighbour[]>;
}

export function pageTools(deps: PageDeps, geometry: CityRoutes): PageTools {
  const { serving, city } = deps;
  const stream = (name: string): Stream | null => deps.streams.find((s) => s.name === name) ?? null;
  const traffic = stream(declared.name) ?? declared;
  const names = new Map(city.roads.map((road) => [road.road_id, road.road_name]));
  const plain = frames(deps);
  const { network, background, locator } = geometry;

  return {
    ...deps,
    traffic,
    stream,
    frame(c) {
      const { assets, ...rest } = plain(c);
      return { ...rest, assets: { ...assets, network, background, locator } };
    },
    async neighboursOf(view) {
      const keys = view.road.neighbours;
      if (keys.length === 0) return [];
      const { data } = await serving.current(traffic, { keys });
      const rows = new Map(data.map((row) => [row["road_id"], row]));
      return keys.map((road_id) => ({
        road: { road_id, road_name: names.get(road_id) ?? road_id },
        now: rows.get(road_id) ?? null,
      }));
    },
  };
}

/** What no name can hold is in no store: an address with it is refused before anybody is asked. Those of the API say so themselves. */
export function refuseBroken(app: Hono): void {
  app.use(async (c, next) => {
    const texts = [c.req.path, ...Object.values(c.req.queries()).flat()];
    if (!c.req.path.startsWith("/api/") && !texts.every(cleanText))
      throw new ProblemError({
        name: "not-found",
        detail: "The address holds control characters, which no name of ours has",
      });
    await next();
  });
}

/** A problem on a page is a page in words, not a document for programs. */
export function answerFaults(app: Hono, { frame }: Pick<PageTools, "frame">): void {
  app.onError((error, c) => {
    // A server that is away is told to people in words, too.
    if (!(error instanceof ProblemError) && !isAway(error)) throw error;
    const { name, detail } = problemOf(error);
    const { status, title } = problemNames[name];
    return answerPage(c, faultPage(frame(c), title, detail), { status });
  });
}

/** Not found is an answer here; anything else is not ours to hide. */
export const absent = (error: unknown): null => {
  if (error instanceof ProblemError && error.problem.name === "not-found") return null;
  throw error;
};
