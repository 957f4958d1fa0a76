/** Transactions: sales of the city's shops, in paper 003's JSON. Money is summed in cents, so totals are exact. */
import { count, countIf, sum } from "../core/aggregate.ts";
import { choice, flag, id, number, text } from "../core/field.ts";
import { defineStream } from "../core/stream.ts";
import { minutes, seconds } from "../core/time.ts";

export const categories = ["Electronics", "Fashion", "Beauty", "Home", "Sports", "Grocery"] as const;
export const paymentMethods = ["credit_card", "debit_card", "paypal"] as const;

const fields = {
  product_category: choice("Category of what was sold.", categories),
  product_name: text("What was sold.", { optional: true }),
  amount: number("Money paid; negative where it was given back.", {
    unit: "1",
    min: -1_000_000,
    max: 1_000_000,
    decimals: 2,
    column: "double precision",
  }),
  payment_method: choice("How it was paid.", paymentMethods),
  user_id: id("Who paid: leaves only as a pseudonym.", { optional: true }),
  is_cancellation: flag("Money was given back.", { derived: true }),
};

export const transactions = defineStream({
  name: "transactions",
  label: "Sales",
  doc: "Sales of the city's shops.",
  topic: "transactions",
  // One, as in the paper: sales keep their order.
  partitions: 1,
  fields,
  key: "product_category",
  identity: "transaction_id",
  event_time: "timestamp",
  zoneless: "utc",
  expected_period_ms: seconds(60),
  lateness_ms: minutes(1),
  personal: ["user_id"],

  derive(row) {
    if (row["amount"] === 0) return { field: "amount", rule: "must not be 0", reason: "range" };
    row["is_cancellation"] = (row["amount"] as number) < 0;
    return null;
  },

  history: { table: "transactions", retention_ms: null },
  windows: {
    table: "transaction_windows",
    size_ms: minutes(1),
    aggregates: [
      count(),
      sum("amount", fields.amount),
      countIf("cancellation_n", "is_cancellation", "Transactions that gave money back."),
    ],
  },
  rollups: [
    { name: "hours", table: "transaction_hours", step: "1h", by: "key" },
    { name: "days", table: "transaction_days", step: "1d", by: "key", from: "hours" },
  ],
});
