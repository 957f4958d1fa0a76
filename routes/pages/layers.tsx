/** What the map's layers ask for: their first state, and one point in full. */
import { Hono } from "hono";
import { ProblemError } from "../../src/core/errors.ts";
import { layers as all, layersNamed } from "../../views/layers.ts";
import { markup } from "../../views/markup.ts";
import { PointPanel } from "../../views/point-panel.tsx";
import { encoded } from "../compress.ts";
import { answerPage } from "../pages-frame.ts";
import { layerStateNow, streamOf } from "./layers-now.ts";
import type { Page } from "./page.ts";

export const layers: Page = {
  routes({ serving, streams, clock, frame }) {
    return new Hono()
      .get("/fragments/layer-state", async (c) => {
        const named = layersNamed(c.req.query("layers") ?? "");
        const states = await Promise.all(
          all
            .filter(({ name }) => name !== "roads" && named.has(name))
            .map(async (layer) => {
              const stream = streamOf(layer, streams);
              return stream === null
                ? []
                : [[layer.name, await layerStateNow({ serving }, layer, stream, clock.now())] as const];
            }),
        );
        const headers = new Headers({ "content-type": "application/json", "cache-control": "no-cache" });
        const body = JSON.stringify(Object.fromEntries(states.flat()));
        return new Response(await encoded(body, c.req.header("accept-encoding"), headers), { headers });
      })
      .get("/fragments/point/:layer/:key", async (c) => {
        const layer = all.find(({ name }) => name === c.req.param("layer"));
        const stream = layer === undefined ? null : streamOf(layer, streams);
        if (layer === undefined || stream === null)
          throw new ProblemError({ name: "not-found", detail: "There is no such layer on the map" });
        const { data: row } = await serving.one(stream, c.req.param("key"));
        return answerPage(c, markup(<PointPanel frame={frame(c)} layer={layer} stream={stream} row={row} />));
      });
  },
};
