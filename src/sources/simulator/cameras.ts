/** Cameras on main roads: once a minute what passed, by class, as the traffic of the road has it. */
import type { RoadClass } from "../../core/city.ts";
import { formatInstant, minutes } from "../../core/time.ts";
import { cameras as stream } from "../../streams/cameras.ts";
import { chance, normal, poisson } from "./chance.ts";
import { demandAt, demandDay } from "./demand.ts";
import { periodic, type Made, type Maker } from "./maker.ts";
import type { World } from "./world.ts";

const CAMERAS = 40;
const PERIOD_MS = minutes(1);
/** Vehicles an hour that pass on a road at its capacity, both directions. */
const capacity: Record<RoadClass, number> = {
  motorway: 5_600,
  trunk: 3_400,
  primary: 1_900,
  secondary: 1_100,
  tertiary: 500,
  residential: 160,
};
/** How good a place each class is for a camera; least first. */
const order: readonly RoadClass[] = ["primary", "trunk", "secondary", "motorway"];
/** Cameras are so far apart at least, where there are roads enough, km. */
const APART_KM = 1.1;

export function camerasOf(world: World): Maker {
  const { city, seed, streets, traffic, weather } = world;
  const roads = chosen(world);
  const places = roads.map((road) => {
    const middle = { road, km: streets.length_km[road]! / 2 };
    const { x, y } = streets.at(middle);
    return { x, y, position: streets.position(middle), inner: Math.exp(-(x * x + y * y) / 30) };
  });

  function make(i: number, ms: number, number: number): Made {
    const road = roads[i]!;
    const { road_id, road_class } = city.roads[road]!;
    const { x, y, position, inner } = places[i]!;
    const moment = traffic.trendAt(ms);
    const day = demandDay(city, ms);
    const demand = Math.min(1, demandAt(day, 0, 1, 1));
    const sky = weather.at(ms, x, y);
    // As many pass as want to, up to what fits; in a jam fewer, the slower the jam (speed and flow of traffic).
    const wanted = 0.03 + Math.min(1, moment.load(road)) * 0.97;
    const jam = moment.queue(road);
    const flow = moment.closed(road) ? 0 : capacity[road_class] * wanted * Math.min(1, 0.15 + 1.2 * jam);
    const per_minute = (flow / 60) * (0.96 + 0.08 * chance(seed + 121, i, number));
    const lorries = (road_class === "motorway" ? 0.13 : 0.06) * (day.day === "sunday" ? 0.2 : 1);
    const buses = road_class === "motorway" ? 0.004 : 0.018;
    // Who walks or cycles minds cold, rain and the night.
    const fair = Math.min(1, Math.max(0.15, (sky.temperature + 4) / 22)) / (1 + 1.2 * sky.precipitation);
    const outside = road_class === "motorway" || road_class === "trunk" ? 0 : demand * fair * inner;
    const draw = (what: number, mean: number): number => counted(mean, seed + 122 + 4 * what, i, number);
    return {
      camera_id: `cam_${String(i + 1).padStart(2, "0")}`,
      latitude: position[1],
      longitude: position[0],
      road_id,
      period_s: PERIOD_MS / 1_000,
      cars: draw(1, per_minute * (0.985 - lorries - buses)),
      trucks: draw(2, per_minute * lorries),
      buses: draw(3, per_minute * buses),
      motorcycles: draw(4, per_minute * 0.015 * fair),
      bicycles: draw(5, 9 * outside),
      pedestrians: draw(6, 22 * outside),
      timestamp: formatInstant(ms),
      event_id: `c${number.toString(36)}`,
    };
  }

  return periodic({
    stream,
    keys: roads.length,
    period_ms: PERIOD_MS,
    cost_us: 60,
    past: { step_ms: minutes(5) },
    make,
  });
}

/** A whole number about a mean, as spread as what comes by chance. */
function counted(mean: number, seed: number, a: number, b: number): number {
  if (mean < 3) return poisson(mean, chance(seed, a, b));
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(seed, a, b)));
}

function chosen({ city, seed, streets }: World): number[] {
  const worth = (i: number): number =>
    order.indexOf(city.roads[i]!.road_class) + 2 * chance(seed + 120, i, 0);
  const open = city.roads
    .map((_, i) => i)
    .filter((i) => order.includes(city.roads[i]!.road_class))
    .sort((a, b) => worth(a) - worth(b));
  const out: { i: number; x: number; y: number }[] = [];
  for (const i of open) {
    if (out.length === CAMERAS) break;
    const { x, y } = streets.at({ road: i, km: streets.length_km[i]! / 2 });
    if (out.every((o) => Math.hypot(o.x - x, o.y - y) > APART_KM)) out.push({ i, x, y });
  }
  return out.map(({ i }) => i);
}
