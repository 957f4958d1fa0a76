/** The cities that this installation knows, by id. */
import type { City } from "../core/city.ts";
import { demo } from "./demo/index.ts";

export const cities: Readonly<Record<string, () => City>> = { demo };
