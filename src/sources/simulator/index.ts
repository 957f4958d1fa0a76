/** The demo's feed: a city's traffic, made up from a seed, as events of the traffic stream. */
export { createTraffic, type Moment, type Traffic } from "./traffic.ts";
export { REPORT_PERIOD_MS, reportsOf, type Reports, type TrafficReport } from "./reports.ts";
export { queueAt, type Incident } from "./incidents.ts";

/** The source that these events name. */
export const SIMULATOR = "simulator";
