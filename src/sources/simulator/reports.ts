/**
 * Which road reports when. Reports are numbered from the beginning of 2020; the number tells road and time, so
 * any process makes the same report with the same id, and a repeat is a duplicate.
 */
import type { City } from "../../core/city.ts";
import { round } from "../../core/field.ts";
import { formatInstant } from "../../core/time.ts";
import { chance } from "./chance.ts";
import type { Traffic } from "./traffic.ts";

/** How often each road reports at rate 1. */
export const REPORT_PERIOD_MS = 10_000;
const BEGIN_MS = Date.UTC(2020, 0, 1);

/** Paper 004's traffic event, without what the network knows already: places are not repeated. */
export interface TrafficReport {
  road_id: string;
  road_name: string;
  /** km/h */
  current_speed: number;
  free_flow_speed: number;
  timestamp: string;
  event_id: string;
  /** Only when it is. */
  road_closed?: true;
}

export interface Reports {
  /** Number of the first report at or after an instant. */
  firstAt(ms: number): number;
  timeOf(number: number): number;
  make(number: number): TrafficReport;
}

/** @param rate 1: each road every 10 s. 10: ten times as often. */
export function reportsOf(city: City, traffic: Traffic, rate = 1): Reports {
  const n = city.roads.length;
  const per_report_ms = REPORT_PERIOD_MS / rate / n;
  // Roads report in no order that a map would show.
  const order = city.roads.map((_, i) => i).sort((a, b) => chance(5, a, 0) - chance(5, b, 0));
  const timeOf = (number: number): number => BEGIN_MS + Math.ceil(number * per_report_ms);
  return {
    firstAt(ms) {
      let number = Math.floor((ms - 1 - BEGIN_MS) / per_report_ms) + 1;
      // At high rates several share a millisecond, and the quotient may be off by one.
      while (timeOf(number - 1) >= ms) number--;
      while (timeOf(number) < ms) number++;
      return number;
    },
    timeOf,
    make(number) {
      const i = order[((number % n) + n) % n]!;
      const road = city.roads[i]!;
      const ms = timeOf(number);
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
    },
  };
}
