/** Margins as a store keeps them: JSON, checked when it is read, because another release may have written it. */
import { z } from "zod";
import { HORIZONS_MIN } from "./model.ts";
import { regimes, type Margins } from "./prediction.ts";

const pair = z.object({ margin_50: z.number(), margin_90: z.number() });
const ofRegimes = z.object(Object.fromEntries(regimes.map((regime) => [regime, pair])));
const schema = z.object(Object.fromEntries(HORIZONS_MIN.map((horizon) => [String(horizon), ofRegimes])));

/** Null for nothing, and for what is no margins of this release. */
export function marginsOf(stored: unknown): Margins | null {
  const read = schema.safeParse(stored);
  return read.success ? (read.data as Margins) : null;
}
