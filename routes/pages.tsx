/** The pages: parse, ask serving, answer HTML. */
import { markup } from "../views/markup.ts";
import { Hono, type Context } from "hono";
import { congestionLevels, type CongestionLevel } from "../src/core/congestion.ts";
import { ProblemError, problemNames } from "../src/core/errors.ts";
import type { CurrentRow, RoadView } from "../src/serving/answer.ts";
import { traffic as declared } from "../src/streams/traffic.ts";
import { citySvg } from "../views/charts/city-picture.ts";
import { DeadLetters, type DeadLetterRow } from "../views/dead-letters.tsx";
import { mapPage } from "../views/map.tsx";
import { mapState, type MapState } from "../views/map-state.ts";
import { faultPage } from "../views/fault.tsx";
import { WhyBody } from "../views/explain.tsx";
import type { Frame } from "../views/page.ts";
import { readRoadsQuery, roadsUrl, type RoadsQuery } from "../views/roads-query.ts";
import { joinRoads, selectRoads } from "../views/roads-rows.ts";
import { roadsPage, RoadsTable } from "../views/roads-table.tsx";
import type { Neighbour } from "../views/road-now.tsx";
import { RoadPanel } from "../views/road-panel.tsx";
import { RoadDay, roadPage } from "../views/road.tsx";
import { streamsPage, StreamsTable } from "../views/streams.tsx";
import type { ReadDeps } from "./deps.ts";
import { cityRoutes } from "./pages-city.ts";
import { answerPage, frames } from "./pages-frame.ts";

export interface PageDeps extends ReadDeps {
  /** Reader of dead letters, newest first; without it that part of the page stays empty. */
  deadLetters?: { list(query: { limit: number }): Promise<{ letters: readonly DeadLetterRow[] }> };
}

const PANEL_HOURS = 3;
const DAY_HOURS = 24;
const LETTERS_SHOWN = 50;

/**
 * `/`, `/roads`, `/roads/{road_id}`, `/streams`, their fragments and the city's geometry.
 * All are readable by everybody who may read (scope `read`).
 */
export function pageRoutes(deps: PageDeps): Hono {
  const { serving, city, clock } = deps;
  const traffic = deps.streams.find(({ name }) => name === declared.name) ?? declared;
  /** A road is stale when it is older than three of its periods: the same rule as in every answer. */
  const stale_ms = 3 * traffic.expected_period_ms;
  const geometry = cityRoutes(city);
  const names = new Map(city.roads.map((road) => [road.road_id, road.road_name]));
  // The state is made once per tick's list, however many ask.
  const states = new WeakMap<readonly CurrentRow[], MapState>();

  const plain = frames(deps);
  const { network, background, locator } = geometry;
  const frame = (c: Context): Frame => {
    const { assets, ...rest } = plain(c);
    return { ...rest, assets: { ...assets, network, background, locator } };
  };

  const stateNow = async (): Promise<MapState> => {
    const { answer } = await serving.shared(traffic);
    let state = states.get(answer.data);
    if (state === undefined) {
      state = mapState(city, answer.data, answer.meta.cursor, clock.now(), stale_ms);
      states.set(answer.data, state);
    }
    return state;
  };

  const neighboursOf = async (view: RoadView): Promise<readonly Neighbour[]> => {
    const keys = view.road.neighbours;
    if (keys.length === 0) return [];
    const rows = new Map((await serving.current(traffic, { keys })).data.map((row) => [row["road_id"], row]));
    return keys.map((road_id) => ({
      road: { road_id, road_name: names.get(road_id) ?? road_id },
      now: rows.get(road_id) ?? null,
    }));
  };

  const roadsNow = async (query: RoadsQuery) => {
    const { answer } = await serving.shared(traffic);
    return selectRoads(joinRoads(city, answer.data), query);
  };

  const lettersNow = async (): Promise<readonly DeadLetterRow[]> =>
    (await deps.deadLetters?.list({ limit: LETTERS_SHOWN }))?.letters ?? [];

  const app = new Hono();
  app.onError((error, c) => {
    if (!(error instanceof ProblemError)) throw error;
    const { name, detail } = error.problem;
    const { status, title } = problemNames[name];
    return answerPage(c, faultPage(frame(c), title, detail), { status });
  });

  app.get("/", async (c) => {
    const asked = c.req.query("road");
    const [state, summary, selected] = await Promise.all([
      stateNow(),
      serving.summary(),
      // An old link to a road that is gone still shows the map.
      asked === undefined || asked === "" ? null : serving.road(asked, PANEL_HOURS).catch(absent),
    ]);
    const hide = new Set((c.req.query("hide") ?? "").split(","));
    const hidden = new Set<CongestionLevel>(congestionLevels.filter((level) => hide.has(level)));
    const neighbours = selected === null ? [] : await neighboursOf(selected);
    return answerPage(c, mapPage({ frame: frame(c), city, summary, state, hidden, selected, neighbours }));
  });

  app.get("/roads", async (c) => {
    const query = readRoadsQuery(c.req.query());
    const [summary, page] = await Promise.all([serving.summary(), roadsNow(query)]);
    return answerPage(c, roadsPage({ frame: frame(c), summary, query, page }));
  });

  app.get("/roads/:road_id", async (c) => {
    const road_id = c.req.param("road_id");
    const [view, explained] = await Promise.all([
      serving.road(road_id, DAY_HOURS),
      c.req.query("why") === "1" ? serving.explain(road_id) : null,
    ]);
    const neighbours = await neighboursOf(view);
    return answerPage(c, roadPage({ frame: frame(c), city, view, neighbours, explained }));
  });

  app.get("/streams", async (c) => {
    const [cursor, status, dead_letters] = await Promise.all([
      serving.cursor(),
      serving.streams(),
      lettersNow(),
    ]);
    return answerPage(
      c,
      streamsPage({
        frame: frame(c),
        status: status.data,
        delivery: serving.delivery(),
        dead_letters,
        cursor,
      }),
    );
  });

  app.get("/fragments/road/:road_id", async (c) => {
    const view = await serving.road(c.req.param("road_id"), PANEL_HOURS);
    return answerPage(
      c,
      markup(<RoadPanel frame={frame(c)} view={view} neighbours={await neighboursOf(view)} />),
    );
  });
  app.get("/fragments/road/:road_id/day", async (c) => {
    const view = await serving.road(c.req.param("road_id"), DAY_HOURS);
    return answerPage(c, markup(<RoadDay frame={frame(c)} view={view} />));
  });
  app.get("/fragments/road/:road_id/why", async (c) => {
    const explained = await serving.explain(c.req.param("road_id"));
    return answerPage(c, markup(<WhyBody frame={frame(c)} explained={explained} />));
  });
  app.get("/fragments/roads", async (c) => {
    const query = readRoadsQuery(c.req.query());
    const response = await answerPage(
      c,
      markup(<RoadsTable frame={frame(c)} query={query} page={await roadsNow(query)} />),
    );
    response.headers.set("hx-replace-url", roadsUrl(query));
    return response;
  });
  app.get("/fragments/streams", async (c) => {
    const status = await serving.streams();
    return answerPage(c, markup(<StreamsTable status={status.data} now={frame(c)} />));
  });
  app.get("/fragments/dead-letters", async (c) =>
    answerPage(c, markup(<DeadLetters letters={await lettersNow()} now={frame(c)} />)),
  );
  app.get("/fragments/map-state", async (c) =>
    c.json(await stateNow(), 200, { "cache-control": "no-cache" }),
  );

  app.get("/city/now.svg", async (c) => {
    const { answer } = await serving.shared(traffic);
    return answerPage(c, citySvg(city, answer.data), { type: "image/svg+xml" });
  });

  app.route("/", geometry.app);
  return app;
}

/** Not found is an answer here; anything else is not ours to hide. */
const absent = (error: unknown): null => {
  if (error instanceof ProblemError && error.problem.name === "not-found") return null;
  throw error;
};

export { renderMapNote } from "../views/map.tsx";
export { renderStreamsNote } from "../views/streams.tsx";
