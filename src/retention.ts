/** How long things are kept: as declared, as a laptop's disk allows, or as the configuration says. */
import type { Config } from "./config.ts";
import type { Stream } from "./core/stream.ts";
import { days, hours } from "./core/time.ts";

/** Embedded, on somebody's disk: a day of raw rows is 2.2 GB at the demo's rate, a day of log 0.4 GB. */
const EMBEDDED_RAW_MS = hours(30);
const EMBEDDED_LOG_MS = days(1);

/** Streams with the retention that the configuration sets; embedded, no more than a laptop's disk should hold. */
export const withRetention = (streams: readonly Stream[], config: Config): readonly Stream[] => {
  const embedded = config.DATABASE_URL === undefined;
  return streams.map((stream) => {
    const { retention_ms } = stream.history;
    const raw_ms = embedded ? Math.min(EMBEDDED_RAW_MS, retention_ms ?? Infinity) : retention_ms;
    const log_ms = embedded ? Math.min(EMBEDDED_LOG_MS, stream.log_retention_ms) : stream.log_retention_ms;
    return {
      ...stream,
      history: {
        ...stream.history,
        retention_ms: config.HISTORY_DAYS === undefined ? raw_ms : days(config.HISTORY_DAYS),
      },
      log_retention_ms: config.LOG_HOURS === undefined ? log_ms : hours(config.LOG_HOURS),
    };
  });
};
