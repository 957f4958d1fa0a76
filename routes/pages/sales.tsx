/** Sales: figures each second, and the last hundred minutes. */
import { Hono } from "hono";
import { isAway } from "../../src/core/errors.ts";
import type { Stream } from "../../src/core/stream.ts";
import type { Serving } from "../../src/serving/answer.ts";
import { Sales } from "../../src/serving/sales.ts";
import { transactions as declared } from "../../src/streams/transactions.ts";
import { markup } from "../../views/markup.ts";
import type { NoteDeps } from "../../views/page.ts";
import { renderSalesAway, renderSalesNote, salesPage } from "../../views/sales.tsx";
import { SalesTrend } from "../../views/sales-trend.tsx";
import { answerPage } from "../pages-frame.ts";
import type { Page } from "./page.ts";

const streamOf = (streams: readonly Stream[]): Stream =>
  streams.find(({ name }) => name === declared.name) ?? declared;

/** One reader per platform: the note and the page share what it keeps. */
const readers = new WeakMap<Serving, Sales>();
function salesOf({ serving, streams, city, clock }: NoteDeps): Sales {
  let sales = readers.get(serving);
  if (sales === undefined) {
    sales = new Sales({ serving, stream: streamOf(streams), zone: city.zone, clock });
    readers.set(serving, sales);
  }
  return sales;
}

export const sales: Page = {
  note: {
    group: "sales",
    async render(deps) {
      // A platform without sales has nobody to tell.
      if (!deps.streams.some(({ name }) => name === declared.name)) return "";
      try {
        return renderSalesNote(await salesOf(deps).now(), deps.city);
      } catch (error) {
        // The other pages' notes go on, and this one tells.
        if (isAway(error)) return renderSalesAway();
        throw error;
      }
    },
  },

  routes(tools) {
    const { serving, city, frame } = tools;
    return new Hono()
      .get("/sales", async (c) => {
        const [cursor, now] = await Promise.all([serving.cursor(), salesOf(tools).now()]);
        return answerPage(c, salesPage({ frame: frame(c), sales: now, cursor }));
      })
      .get("/fragments/sales", async (c) =>
        answerPage(c, markup(<SalesTrend sales={await salesOf(tools).now()} city={city} />)),
      );
  },
};
