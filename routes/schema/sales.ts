/** Sales by category, in paper 003's words. */
import { z } from "@hono/zod-openapi";
import type { Stream } from "../../src/core/stream.ts";
import { answerField } from "./field.ts";
import { instant, LARGEST, number, tally } from "./numbers.ts";

export const categorySalesSchema = (stream: Stream) =>
  z
    .object({
      window_start: instant("First instant of the window."),
      window_end: instant("First instant after the window."),
      category: answerField(stream.fields[stream.key]!),
      total_sales: number(
        -LARGEST,
        LARGEST,
        "1",
        "Money paid less money given back, exact to the hundredth; 0 where nothing was sold.",
      ),
      transaction_count: tally("Transactions, cancellations among them."),
      cancellation_count: tally("Of them, those that gave money back."),
    })
    .openapi("CategorySales");
