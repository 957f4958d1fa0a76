/** Sales by category and window, in paper 003's words. */
import type { RollupStep } from "../core/rollup.ts";

export interface CategorySales {
  window_start: string;
  window_end: string;
  category: string;
  /** Paid less given back, exact to the hundredth. */
  total_sales: number;
  /** Cancellations are transactions, too. */
  transaction_count: number;
  cancellation_count: number;
}

export interface SalesRange {
  /** Windows that start in the range; `from_ms` is a window's start. */
  from_ms: number;
  to_ms: number;
  /** Hours or days of the city's zone, from batch views; the stream's own windows without it. */
  step?: RollupStep;
}
