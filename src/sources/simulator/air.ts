/**
 * Air and traffic of twenty locations, every 5 min: what traffic puts into the air, what wind and rain take out of it,
 * and what comes from elsewhere.
 */
import type { RoadClass } from "../../core/city.ts";
import { round } from "../../core/field.ts";
import { formatInstant, hours, minutes, zoneOffset } from "../../core/time.ts";
import { readings as stream } from "../../streams/readings.ts";
import { normal } from "./chance.ts";
import { periodic, type Made, type Maker } from "./maker.ts";
import type { World } from "./world.ts";

const LOCATIONS = 20;
const DAY_MS = 86_400_000;
const rank: Record<RoadClass, number> = {
  primary: 0,
  trunk: 1,
  secondary: 2,
  tertiary: 3,
  motorway: 4,
  residential: 5,
};
/** How much a full road of a class smells: against a primary one. */
const emission: Record<RoadClass, number> = {
  primary: 1,
  trunk: 1.25,
  secondary: 0.75,
  tertiary: 0.5,
  motorway: 1.5,
  residential: 0.25,
};

export function airOf(world: World): Maker {
  const { city, seed, streets, traffic, weather } = world;
  const locations = chosen(world);
  /** What blows in from elsewhere changes over days. */
  const elsewhere = (what: number, ms: number): number => {
    const t = ms / (1.6 * DAY_MS);
    const [slot, u] = [Math.floor(t), t - Math.floor(t)];
    const s = u * u * (3 - 2 * u);
    return normal(seed + 131, what, slot) * (1 - s) + normal(seed + 131, what, slot + 1) * s;
  };

  function make(i: number, ms: number, number: number): Made {
    const { location, road } = locations[i]!;
    const { road_class, free_flow_speed } = city.roads[road]!;
    const middle = { road, km: streets.length_km[road]! / 2 };
    const { x, y } = streets.at(middle);
    const [longitude, latitude] = streets.position(middle);
    const moment = traffic.trendAt(ms);
    const speed = moment.speed(road);
    const sky = weather.at(ms, x, y);
    const off = (what: number): number => normal(seed + 132 + 4 * what, i, number);
    // What stands in a jam emits more on each kilometre than what flows.
    const slow = 1 - Math.min(1, speed / free_flow_speed);
    const exhaust = emission[road_class] * Math.min(1.2, moment.load(road)) * (1 + 1.1 * slow);
    const still = 1.7 / (0.55 + sky.wind_speed / 14);
    const washed = 1 - 0.45 * Math.min(1, sky.precipitation / 2.5);
    const inner = Math.exp(-(x * x + y * y) / 60);
    const heating = Math.max(0, Math.min(1, (14 - sky.temperature) / 16));
    const far = 1 + 0.35 * elsewhere(1, ms);
    const pm2_5 = (4.2 * far + 4.5 * heating * inner * still + 9.5 * exhaust * still) * washed + 0.7 * off(1);
    const pm10 = pm2_5 * 1.35 + (3 + 7 * exhaust) * washed + 1.2 * off(2);
    const nitrogen_dioxide = (5 + 6 * inner + 34 * exhaust * still) * (0.85 + 0.15 * washed) + 1.6 * off(3);
    const hour = (((ms + zoneOffset(ms, city.zone)) % DAY_MS) / hours(1) + 24) % 24;
    const sun = Math.max(0, Math.sin(((hour - 6.5) / 13.5) * Math.PI)) * (1 - 0.007 * sky.cloud_cover);
    const summer = Math.max(0, Math.min(1, (sky.temperature - 2) / 24));
    const ozone = 38 + (28 + 52 * summer) * sun - 0.42 * nitrogen_dioxide + 5 * elsewhere(2, ms) + 2 * off(4);
    const sulphur_dioxide = 2.2 + 1.4 * heating * still + 0.5 * exhaust + 0.3 * off(5);
    const carbon_monoxide = 190 + 240 * exhaust * still + 90 * heating + 10 * off(6);
    const at_least = (v: number, least: number): number => round(Math.max(least, v), 1);
    return {
      location,
      latitude,
      longitude,
      pm2_5: at_least(pm2_5, 3.8),
      pm10: at_least(pm10, 5),
      ozone: at_least(ozone, 4),
      nitrogen_dioxide: at_least(nitrogen_dioxide, 2),
      sulphur_dioxide: at_least(sulphur_dioxide, 0.5),
      carbon_monoxide: at_least(carbon_monoxide, 120),
      current_speed: round(speed, 2),
      free_flow_speed,
      timestamp: formatInstant(ms),
      event_id: `a${number.toString(36)}`,
    };
  }

  return periodic({
    stream,
    keys: locations.length,
    period_ms: minutes(5),
    cost_us: 80,
    past: { step_ms: minutes(5), times: 2 },
    make,
  });
}

/** The districts with the most roads, each at the main road that is nearest to its middle. */
function chosen({ city, streets }: World): { location: string; road: number }[] {
  const districts = new Map<string, number[]>();
  for (const [i, { district }] of city.roads.entries())
    districts.set(district, [...(districts.get(district) ?? []), i]);
  const middle = (i: number): { x: number; y: number } =>
    streets.at({ road: i, km: streets.length_km[i]! / 2 });
  return [...districts]
    .sort(([a, as], [b, bs]) => bs.length - as.length || (a < b ? -1 : 1))
    .slice(0, LOCATIONS)
    .map(([location, roads]) => {
      const at = roads.map(middle);
      const x = at.reduce((sum, p) => sum + p.x, 0) / at.length;
      const y = at.reduce((sum, p) => sum + p.y, 0) / at.length;
      const worth = (i: number): number =>
        rank[city.roads[i]!.road_class] * 0.6 + Math.hypot(middle(i).x - x, middle(i).y - y);
      return { location, road: roads.toSorted((a, b) => worth(a) - worth(b))[0]! };
    });
}
