/** The roads' reports: each road of the city about every 10 s, in paper 004's JSON. */
import type { City } from "../../core/city.ts";
import { round } from "../../core/field.ts";
import { formatInstant, minutes } from "../../core/time.ts";
import { traffic as stream } from "../../streams/traffic.ts";
import { periodic, type Maker } from "./maker.ts";
import type { Traffic } from "./traffic.ts";

/** How often each road reports at rate 1. */
export const REPORT_PERIOD_MS = 10_000;

/** Paper 004's traffic event, without what the network knows already: places are not repeated. */
export type TrafficReport = {
  road_id: string;
  road_name: string;
  /** km/h */
  current_speed: number;
  free_flow_speed: number;
  timestamp: string;
  event_id: string;
  /** Only when it is. */
  road_closed?: true;
};

/** @param rate 1: each road every 10 s. 10: ten times as often. */
export function reportsOf(city: City, traffic: Traffic, rate = 1): Maker {
  return periodic({
    stream,
    keys: city.roads.length,
    period_ms: REPORT_PERIOD_MS / rate,
    cost_us: 20,
    tick_ms: 125,
    past: { step_ms: minutes(5) },
    make: (i, ms, number) => reportOf(city, traffic, i, ms, number),
  });
}

function reportOf(city: City, traffic: Traffic, i: number, ms: number, number: number): TrafficReport {
  const road = city.roads[i]!;
  const moment = traffic.at(ms);
  const report: TrafficReport = {
    road_id: road.road_id,
    road_name: road.road_name,
    current_speed: round(moment.speed(i), 2),
    free_flow_speed: road.free_flow_speed,
    timestamp: formatInstant(ms),
    event_id: `s${number.toString(36)}`,
  };
  if (moment.closed(i)) report.road_closed = true;
  return report;
}
