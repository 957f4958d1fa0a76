/** Good values of every parameter, for walks over a document: of streams that have something to tell. */
import type { Stream } from "../src/core/stream.ts";

export interface KnownValues {
  /** Streams with a key of each that is known. */
  keys: ReadonlyMap<Stream, string>;
  /** Every declared stream. */
  streams: readonly Stream[];
  /** Roads that are known. */
  roads: readonly string[];
}

const TABLES = ["json", "geojson", "csv", "ndjson"];

export function goodValues({ keys, streams, roads }: KnownValues): Record<string, readonly string[]> {
  const having = (test: (stream: Stream) => boolean): string[] =>
    [...keys.keys()].filter(test).map(({ name }) => name);
  const live = having((stream) => stream.live !== null);
  const windowed = having((stream) => stream.windows !== null);
  const keyOf = (name: string): string[] =>
    [...keys].flatMap(([stream, key]) => (stream.name === name ? [key] : []));
  const lists = streams.flatMap((stream) => stream.aliases.map((alias) => alias.operation_id));
  return {
    road_id: roads,
    vehicle_id: keyOf("vehicles"),
    emergency_id: keyOf("emergencies"),
    location: keyOf("readings"),
    key: roads,
    stream: streams.map(({ name }) => name),
    "streamCurrent.stream": live,
    "streamCurrentOne.stream": live,
    "streamWindows.stream": windowed,
    "streamWindowsOne.stream": windowed,
    "ingest.stream": ["traffic"],
    name: ["internal"],
    "jobRuns.name": ["retention"],
    "jobRuns.limit": ["1", "100"],
    "trafficDay.format": ["json", "shares", "bytes"],
    "salesCategories.step": ["1h", "1d"],
    "dataQuality.stream": ["traffic", "readings"],
    "dataQuality.from": ["2026-11-20"],
    "dataQuality.to": ["2026-11-21"],
    bbox: ["0,50,2,52", "-180,-90,180,90"],
    near: ["51,1", "-90,180", "51.5,-0.1"],
    max_age: ["1", "604800"],
    simplify_m: ["0", "5", "1000", "0.5"],
    windows: ["1", "100"],
    limit: ["1", "1000"],
    "trafficCurrent.limit": ["1", "5000"],
    step: ["5m", "15m", "1h", "1d"],
    "streamWindows.step": ["1h", "1d"],
    hours: ["1", "168"],
    format: ["json", "csv", "ndjson"],
    ...Object.fromEntries(
      ["roads", "hospitals", "vehicleTrack", ...lists].map((id) => [`${id}.format`, TABLES]),
    ),
    roads: roads.slice(0, 1),
    weekdays: ["weekdays", "weekends", "mon,sun"],
    holidays: ["include", "exclude"],
    compare: ["yesterday", "last_week", "typical", "previous"],
    "analyticsTrends.step": ["1h", "1d"],
    "analyticsTrends.limit": ["1", "100"],
    "analyticsTrends.table": ["series", "hours", "weekday_hour", "roads", "roads_daily"],
    "analyticsPeakHours.stream": ["traffic", "readings"],
    "predictionAccuracy.horizon_min": ["10", "30"],
    "predictionAccuracy.limit": ["1", "200"],
    "predictionAccuracy.table": ["horizons", "models", "hours", "series", "congestion", "roads"],
    state: ["open", "replayed", "stored"],
    "analyticsEpisodes.state": ["now", "new", "all"],
    "analyticsEpisodes.sort": ["started_at", "delay", "minutes", "worst_ratio"],
    "analyticsReliability.by": ["road"],
    "roadProfile.format": ["json", "csv"],
    "analyticsCongestionScan.format": ["json", "csv"],
  };
}

/** As `Walk.keys` wants them. */
export const keysByName = ({ keys }: Pick<KnownValues, "keys">): Record<string, string> =>
  Object.fromEntries([...keys].map(([stream, key]) => [stream.name, key]));
