/** How long things are kept: as declared, as a laptop's disk allows, or as the configuration says. */
import type { Config } from "./config.ts";
import type { Stream } from "./core/stream.ts";
import { days, hours } from "./core/time.ts";

/** Embedded, on somebody's disk: what the demo's rates allow within 5 GB for three weeks, by docs/adr/0014-windows-that-go.md. */
const embedded = {
  raw_ms: hours(30),
  /** At 125, 67 and 21 events/s an hour of raw rows is 92, 49 and 15 MB. */
  raw_of_ms: new Map([
    ["traffic", hours(15)],
    ["vehicles", hours(9)],
    ["predictions", hours(15)],
  ]),
  /** A thousand vehicles' minutes are 315 MB a day, all roads' five minutes 78, forty cameras' 18 MB; hours and days stay for ever. */
  windows_of_ms: new Map([
    // Two weekdays of before, to compare with.
    ["traffic", days(15)],
    ["vehicles", days(1)],
    ["cameras", days(7)],
  ]),
  /** Half a day is 0.4 GB; it goes by six hours. */
  log_ms: hours(12),
};

/** Streams with the retention that the configuration sets; embedded, no more than a laptop's disk should hold. */
export const withRetention = (streams: readonly Stream[], config: Config): readonly Stream[] =>
  streams.map((stream) => {
    const kept = config.DATABASE_URL === undefined ? onALaptop(stream) : stream;
    return {
      ...kept,
      history: {
        ...kept.history,
        retention_ms:
          config.HISTORY_DAYS === undefined ? kept.history.retention_ms : days(config.HISTORY_DAYS),
      },
      log_retention_ms: config.LOG_HOURS === undefined ? kept.log_retention_ms : hours(config.LOG_HOURS),
    };
  });

function onALaptop(stream: Stream): Stream {
  const { name, history, windows } = stream;
  const raw_ms = embedded.raw_of_ms.get(name) ?? embedded.raw_ms;
  const windows_ms = Math.min(
    windows?.retention_ms ?? Infinity,
    embedded.windows_of_ms.get(name) ?? Infinity,
  );
  return {
    ...stream,
    history: { ...history, retention_ms: Math.min(raw_ms, history.retention_ms ?? Infinity) },
    windows:
      windows === null ? null : { ...windows, retention_ms: windows_ms === Infinity ? null : windows_ms },
    log_retention_ms: Math.min(embedded.log_ms, stream.log_retention_ms),
  };
}
