/** Sales of the city's shops, in paper 003's JSON: by category and hour, and now and then money that is given back. */
import type { City } from "../../core/city.ts";
import { round } from "../../core/field.ts";
import { minutes } from "../../core/time.ts";
import { transactions as stream } from "../../streams/transactions.ts";
import { chance, poisson } from "./chance.ts";
import { demandDay, type Demand } from "./demand.ts";
import { salesPerSecond, trades } from "./goods.ts";
import type { Made, Maker } from "./maker.ts";

/** Sales are drawn by slots of time; within one they are spread over its seconds. */
const SLOT_MS = 10_000;
/** Share of sales that are cancelled, after so many slots: 5 to 50 min. */
const CANCELLED = 0.01;
const CANCEL_SLOTS = [30, 300] as const;
/** The paper's bounds, money. */
const [PRICE_MIN, PRICE_MAX] = [10, 999.99];
const CUSTOMERS = 24_000;

/** A sale without its identity and time. */
type Basket = {
  user_id: string;
  product_category: string;
  product_name: string;
  amount: number;
  payment_method: string;
};

export function transactionsOf(city: City, seed: number): Maker {
  /** What is sold of a trade in a slot. */
  function baskets(t: number, slot: number, day: Demand): Basket[] {
    const trade = trades[t]!;
    const mean = (salesPerSecond(trade, day) * SLOT_MS) / 1_000;
    const n = poisson(mean, chance(seed + 141, t, slot));
    return Array.from({ length: n }, (_, k) => {
      const draw = (what: number): number => chance(seed + 142 + 5 * what, t * 16 + k, slot);
      const [product_name, price] = trade.products[Math.floor(draw(1) ** 1.3 * trade.products.length)]!;
      const amount = round(Math.min(PRICE_MAX, Math.max(PRICE_MIN, price * (0.85 + 0.3 * draw(2)))), 2);
      const pay = draw(3);
      const cards = trade.category === "Grocery" ? 0.62 : 0.3;
      // Some come often.
      const customer = Math.floor(draw(4) ** 2 * CUSTOMERS);
      return {
        user_id: `user_${10_000 + customer}`,
        product_category: trade.category,
        product_name,
        amount,
        payment_method: pay < cards ? "debit_card" : pay < 0.78 ? "credit_card" : "paypal",
      };
    });
  }

  function inSlot(slot: number): { ms: number; event: Made }[] {
    const out: { ms: number; event: Made }[] = [];
    const day = demandDay(city, slot * SLOT_MS);
    for (let t = 0; t < trades.length; t++) {
      for (const [k, basket] of baskets(t, slot, day).entries()) out.push(sold(basket, slot, t * 16 + k));
      const [least, most] = CANCEL_SLOTS;
      const before = slot - least - Math.floor(chance(seed + 143, t, slot) * (most - least));
      for (const [k, basket] of baskets(t, before, demandDay(city, before * SLOT_MS)).entries()) {
        if (chance(seed + 144, t * 16 + k, slot) < CANCELLED)
          out.push(sold({ ...basket, amount: -basket.amount }, slot, 1_000 + t * 16 + k));
      }
    }
    return out.sort((a, b) => a.ms - b.ms);
  }

  function sold(basket: Basket, slot: number, which: number): { ms: number; event: Made } {
    const ms = slot * SLOT_MS + Math.floor(chance(seed + 145, which, slot) * (SLOT_MS / 1_000)) * 1_000;
    const timestamp = new Date(ms).toISOString().slice(0, 19).replace("T", " ");
    return { ms, event: { transaction_id: uuid(seed, which, slot), ...basket, timestamp } };
  }

  return {
    stream,
    between(from_ms, to_ms) {
      const out: Made[] = [];
      for (let slot = Math.floor(from_ms / SLOT_MS); slot * SLOT_MS < to_ms; slot++) {
        for (const { ms, event } of inSlot(slot)) if (ms >= from_ms && ms < to_ms) out.push(event);
      }
      return out;
    },
    slice_ms: minutes(3),
    period_ms: minutes(1),
    // Sales are no states: what a pause of the log left out is made up for, no further back than this.
    look_back_ms: minutes(10),
    tick_ms: 1_000,
    past: { times: 1, at_most_ms: Infinity, step_ms: null, in_order: false, events_per_s: 0.45 },
  };
}

/** A UUID in the form of version 4 that belongs to three integers. */
function uuid(seed: number, a: number, b: number): string {
  let hex = "";
  for (let k = 0; k < 4; k++)
    hex += Math.floor(chance(seed + 146 + k, a, b) * 4_294_967_296)
      .toString(16)
      .padStart(8, "0");
  const variant = "89ab"[parseInt(hex[16]!, 16) & 3]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
