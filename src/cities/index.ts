/** The cities that this installation knows, by id. */
import type { City } from "../core/city.ts";
import { ConfigError } from "../core/errors.ts";
import { demo } from "./demo/index.ts";

export const cities: Readonly<Record<string, () => City>> = { demo };

/** @throws {ConfigError} naming CITY, where there is no such city. */
export function cityOf(id: string): City {
  const make = Object.hasOwn(cities, id) ? cities[id] : undefined;
  if (make === undefined)
    throw new ConfigError(`CITY is "${id}", but it must be one of ${Object.keys(cities).join(", ")}`);
  return make();
}
