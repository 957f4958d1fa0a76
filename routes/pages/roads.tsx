/** All roads as a table, and one road with its day. */
import { Hono } from "hono";
import { comparisonOf } from "../../src/core/compare.ts";
import { predictions } from "../../src/streams/predictions.ts";
import { WhyBody } from "../../views/explain.tsx";
import { markup } from "../../views/markup.ts";
import { RoadAhead } from "../../views/predictions/road-ahead.tsx";
import { RoadDay, roadPage } from "../../views/road.tsx";
import { RoadHistory } from "../../views/road/history.tsx";
import { RoadPanel } from "../../views/road-panel.tsx";
import { readRoadsQuery, roadsUrl, type RoadsQuery } from "../../views/roads-query.ts";
import { joinRoads, selectRoads } from "../../views/roads-rows.ts";
import { roadsPage, RoadsTable } from "../../views/roads-table.tsx";
import { answerPage } from "../pages-frame.ts";
import { PANEL_HOURS } from "./map.tsx";
import type { Page } from "./page.ts";
import { aheadNow, saidHere } from "./road-ahead.ts";
import { roadHistory } from "./road-history.ts";

const DAY_HOURS = 24;

export const roads: Page = {
  routes(tools) {
    const { serving, city, traffic, frame, stream, neighboursOf } = tools;
    const roadsNow = async (query: RoadsQuery) => {
      const { answer } = await serving.shared(traffic);
      return selectRoads(joinRoads(city, answer.data), query);
    };

    return new Hono()
      .get("/roads", async (c) => {
        const query = readRoadsQuery(c.req.query());
        const [summary, page] = await Promise.all([serving.summary(), roadsNow(query)]);
        return answerPage(c, roadsPage({ frame: frame(c), summary, query, page }));
      })
      .get("/roads/:road_id", async (c) => {
        const road_id = c.req.param("road_id");
        const asked = c.req.query("compare");
        // Of both topics that the page follows, and before what it shows: else the stream would begin with what it lacks.
        const cursor = stream(predictions.name) === null ? null : await serving.cursor();
        const [view, explained, history] = await Promise.all([
          serving.road(road_id, DAY_HOURS),
          c.req.query("why") === "1" ? serving.explain(road_id) : null,
          asked === undefined ? null : roadHistory(tools, frame(c), road_id, comparisonOf(asked)),
        ]);
        const [neighbours, ahead, said] = await Promise.all([
          neighboursOf(view),
          aheadNow(tools, view),
          saidHere(tools, view),
        ]);
        return answerPage(
          c,
          roadPage({
            frame: frame(c),
            city,
            view,
            neighbours,
            explained,
            history,
            cursor: cursor ?? view.meta.cursor,
            ahead: ahead === null ? null : { ...ahead, said },
          }),
        );
      })
      .get("/fragments/road/:road_id", async (c) => {
        const view = await serving.road(c.req.param("road_id"), PANEL_HOURS);
        const [neighbours, ahead] = await Promise.all([neighboursOf(view), aheadNow(tools, view)]);
        return answerPage(
          c,
          markup(<RoadPanel frame={frame(c)} view={view} neighbours={neighbours} ahead={ahead} />),
        );
      })
      .get("/fragments/road/:road_id/ahead", async (c) => {
        const view = await serving.road(c.req.param("road_id"), DAY_HOURS);
        const [ahead, said] = await Promise.all([aheadNow(tools, view), saidHere(tools, view)]);
        if (ahead === null) return c.notFound();
        return answerPage(c, markup(<RoadAhead frame={frame(c)} view={view} {...ahead} said={said} />));
      })
      .get("/fragments/road/:road_id/day", async (c) => {
        const view = await serving.road(c.req.param("road_id"), DAY_HOURS);
        return answerPage(c, markup(<RoadDay frame={frame(c)} view={view} />));
      })
      .get("/fragments/road/:road_id/history", async (c) => {
        const history = await roadHistory(tools, frame(c), c.req.param("road_id"), "typical");
        return answerPage(c, markup(<RoadHistory {...history} />));
      })
      .get("/fragments/road/:road_id/why", async (c) => {
        const explained = await serving.explain(c.req.param("road_id"));
        return answerPage(c, markup(<WhyBody frame={frame(c)} explained={explained} />));
      })
      .get("/fragments/roads", async (c) => {
        const query = readRoadsQuery(c.req.query());
        const response = await answerPage(
          c,
          markup(<RoadsTable frame={frame(c)} query={query} page={await roadsNow(query)} />),
        );
        response.headers.set("hx-replace-url", roadsUrl(query));
        return response;
      });
  },
};
