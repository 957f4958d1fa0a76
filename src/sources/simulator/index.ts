/** The demo's feed: a city's traffic, made up from a seed, as events of the traffic stream. */
export { createTraffic } from "./traffic.ts";
export { REPORT_PERIOD_MS, reportsOf, type TrafficReport } from "./reports.ts";

/** The source that these events name. */
export const SIMULATOR = "simulator";
