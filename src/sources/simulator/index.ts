/** The demo's feed: a city's whole life, made up from a seed, as events of its streams. */
import type { City } from "../../core/city.ts";
import { seconds } from "../../core/time.ts";
import { airOf } from "./air.ts";
import { camerasOf } from "./cameras.ts";
import { emergenciesOf } from "./emergencies.ts";
import type { Maker } from "./maker.ts";
import { reportsOf } from "./reports.ts";
import { stationsOf } from "./stations.ts";
import { transactionsOf } from "./transactions.ts";
import { vehiclesOf } from "./vehicles.ts";
import { worldOf } from "./world.ts";

export { newestOf, type Made, type Maker } from "./maker.ts";

/** The source that these events name. */
export const SIMULATOR = "simulator";

/**
 * Every made-up source of a city, in the order in which pages miss them.
 *
 * @param rate 1: each road every 10 s, each vehicle on the way every 15 s. 10: ten times as often.
 */
export function makersOf(city: City, seed: number, rate = 1): readonly Maker[] {
  const world = worldOf(city, seed);
  return [
    reportsOf(city, world.traffic, rate),
    emergenciesOf(world),
    airOf(world),
    stationsOf(city, world.weather, seed),
    vehiclesOf(world, { period_ms: seconds(15) / rate }),
    camerasOf(world),
    transactionsOf(city, seed),
  ];
}
