/** Sales: figures each second, the last hundred minutes, and the history by the hour or day. */
import { Hono } from "hono";
import { isAway } from "../../src/core/errors.ts";
import type { Stream } from "../../src/core/stream.ts";
import type { Serving } from "../../src/serving/answer.ts";
import { Sales } from "../../src/serving/sales.ts";
import { transactions as declared } from "../../src/streams/transactions.ts";
import { markup } from "../../views/markup.ts";
import type { NoteDeps } from "../../views/page.ts";
import { renderSalesAway, renderSalesNote, salesPage } from "../../views/sales.tsx";
import type { SalesHistoryProps } from "../../views/sales-history.tsx";
import { salesShown, salesSpanOf } from "../../views/sales-span.ts";
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
    const { serving, city, clock, frame, streams } = tools;

    async function historyOf(asked: string | undefined): Promise<SalesHistoryProps> {
      const stream = streamOf(streams);
      const shown = salesShown(salesSpanOf(asked), clock.now(), city.zone);
      const { from_ms, to_ms, step } = shown;
      const rows = await serving.categorySales(stream, { from_ms, to_ms, step }).then(
        ({ data }) => data,
        (error: unknown) => {
          if (isAway(error)) return null;
          throw error;
        },
      );
      return { city, shown, categories: stream.fields[stream.key]!.values!, rows };
    }

    return new Hono()
      .get("/sales", async (c) => {
        const [cursor, now, history] = await Promise.all([
          serving.cursor(),
          salesOf(tools).now(),
          historyOf(c.req.query("span")),
        ]);
        return answerPage(c, salesPage({ frame: frame(c), sales: now, cursor, history }));
      })
      .get("/fragments/sales", async (c) =>
        answerPage(c, markup(<SalesTrend sales={await salesOf(tools).now()} city={city} />)),
      );
  },
};
