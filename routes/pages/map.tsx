/** The live map at `/`, and what it asks for by itself. */
import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import { comparisonOf } from "../../src/core/compare.ts";
import { congestionLevels, type CongestionLevel } from "../../src/core/congestion.ts";
import type { CurrentRow } from "../../src/serving/answer.ts";
import { citySvg } from "../../views/charts/city-picture.ts";
import { layersNamed } from "../../views/layers.ts";
import { mapPage, renderMapNote } from "../../views/map.tsx";
import { aheadState, rowsAhead, type AheadState } from "../../views/map-ahead-state.ts";
import { readAhead } from "../../views/predictions/ahead.ts";
import { mapState, type MapState } from "../../views/map-state.ts";
import { predictions as predicted } from "../../src/streams/predictions.ts";
import { encoded } from "../compress.ts";
import { answerPage } from "../pages-frame.ts";
import { layerCounts } from "./layers-now.ts";
import { absent, type Page } from "./page.ts";
import { aheadNow as aheadOf } from "./road-ahead.ts";

/** Of a road's day, in the panel. */
export const PANEL_HOURS = 3;

export const map: Page = {
  note: {
    group: "map",
    async render({ serving, streams, city }) {
      const [summary, counts] = await Promise.all([serving.summary(), layerCounts({ serving, streams })]);
      return renderMapNote(summary, counts, city);
    },
  },

  routes(tools) {
    const { serving, streams, city, clock, traffic, frame, stream, neighboursOf } = tools;
    const predictions = stream(predicted.name);
    /** A road is stale when it is older than three of its periods: the same rule as in every answer. */
    const stale_ms = 3 * traffic.expected_period_ms;
    // The state is made once per tick's list, however many ask.
    const states = new WeakMap<readonly CurrentRow[], MapState>();
    const stateNow = async (): Promise<MapState> => {
      const { answer } = await serving.shared(traffic);
      let state = states.get(answer.data);
      if (state === undefined) {
        state = mapState(city, answer.data, answer.meta.cursor, clock.now(), stale_ms);
        states.set(answer.data, state);
      }
      return state;
    };

    const aheads = new WeakMap<readonly CurrentRow[], AheadState>();
    const aheadNow = async (): Promise<AheadState> => {
      if (predictions === null) return aheadState(city, [], [], clock.now());
      const [{ answer }, now] = await Promise.all([serving.shared(predictions), serving.shared(traffic)]);
      let state = aheads.get(answer.data);
      if (state === undefined) {
        state = aheadState(city, answer.data, now.answer.data, clock.now());
        aheads.set(answer.data, state);
      }
      return state;
    };

    return new Hono()
      .get("/", async (c) => {
        const asked = c.req.query("road");
        const [state, summary, counts, selected] = await Promise.all([
          stateNow(),
          serving.summary(),
          layerCounts({ serving, streams }),
          // An old link to a road that is gone still shows the map.
          asked === undefined || asked === "" ? null : serving.road(asked, PANEL_HOURS).catch(absent),
        ]);
        const hide = new Set((c.req.query("hide") ?? "").split(","));
        const hidden = new Set<CongestionLevel>(congestionLevels.filter((level) => hide.has(level)));
        const [neighbours, selected_ahead] =
          selected === null
            ? [[], null]
            : await Promise.all([neighboursOf(selected), aheadOf(tools, selected)]);
        const layers = { counts, on: layersNamed(c.req.query("layers") ?? getCookie(c, "layers")) };
        return answerPage(
          c,
          mapPage({
            frame: frame(c),
            city,
            summary,
            state,
            hidden,
            selected,
            neighbours,
            selected_ahead,
            layers,
            compare: comparisonOf(c.req.query("compare")),
            query: new URL(c.req.url).search,
            ...(predictions === null ? {} : { ahead: readAhead(c.req.query("ahead")) }),
          }),
        );
      })
      .get("/fragments/map-state", async (c) =>
        c.json(await stateNow(), 200, { "cache-control": "no-cache" }),
      )
      .get("/fragments/predictions-state", async (c) => {
        const headers = new Headers({ "content-type": "application/json", "cache-control": "no-cache" });
        const body = await encoded(
          JSON.stringify(await aheadNow()),
          c.req.header("accept-encoding"),
          headers,
        );
        return new Response(body, { headers });
      })
      .get("/city/now.svg", async (c) => {
        const minute = readAhead(c.req.query("ahead"));
        if (minute !== null && predictions !== null) {
          const { answer } = await serving.shared(predictions);
          const svg = citySvg(city, rowsAhead(city, answer.data, minute, clock.now()), "not known");
          return answerPage(c, svg, { type: "image/svg+xml" });
        }
        const { answer } = await serving.shared(traffic);
        return answerPage(c, citySvg(city, answer.data), { type: "image/svg+xml" });
      });
  },
};
