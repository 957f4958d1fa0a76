/** The eyes of a process on itself: what it measures, and what it makes of it. */
import type { Config } from "./config.ts";
import type { Stream } from "./core/stream.ts";
import type { Clock } from "./core/time.ts";
import type { Logger } from "./logger.ts";
import type { Meters } from "./observe/meters.ts";
import { createObservation, type MetricsSources, type Observation } from "./observe/observe.ts";
import type { Change } from "./observe/warnings.ts";
import type { Hub } from "./push/hub.ts";
import type { OpenedLive } from "./open-live.ts";
import { feedsNow } from "./serving/feeds.ts";
import type { Serving } from "./serving/answer.ts";
import type { Consumers } from "./services.ts";
import type { Stores } from "./stores.ts";

export interface WatchingOptions extends Required<Pick<MetricsSources, "restarts" | "jobs">> {
  config: Config;
  stores: Stores;
  streams: readonly Stream[];
  clock: Clock;
  logger: Logger;
  version: string;
  meters: Meters;
  serving: Serving;
  consumers: Consumers;
  hub: Hub | null;
}

export function watching(options: WatchingOptions): Observation {
  const { config, stores, consumers, hub, logger, ...known } = options;
  const { toLive, toHistory } = consumers;
  const { live, history, duties } = stores;
  return createObservation({
    ...known,
    history,
    ...(hub === null ? {} : { hub }),
    ...(toLive === null ? {} : { speed: () => toLive.progress() }),
    ...(toHistory === null ? {} : { batch: () => toHistory.progress() }),
    ...(live.server === null ? {} : { liveServer: live.server }),
    // A database of somebody's own has its disk elsewhere.
    ...(config.DATABASE_URL === undefined ? { data_dir: config.DATA_DIR } : {}),
    live_on: live.shared ? "Redis" : "this process",
    breaker: () => live.breaker(),
    ...(live.circuits === null ? {} : circuitsOf(live.circuits)),
    feeds: () => feedsNow(duties, options.clock),
    readers_max: READERS,
    onChange: ({ warning, raised }: Change) =>
      logger.warn(
        { rule: warning.rule, subject: warning.subject },
        raised ? warning.text : `No longer: ${warning.text}`,
      ),
  });
}

/** Connections that history reads with. */
const READERS = 4;

const circuitsOf = (circuits: NonNullable<OpenedLive["circuits"]>) => ({
  breakerWrites: () => circuits.writes(),
  breakerCounts: () => circuits.counts,
});
