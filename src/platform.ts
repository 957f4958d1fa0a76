/** Opens the stores, says what it waits for until they are there, then hands over to what is wired from them. */
import { checkTarget, openTarget } from "./archive/open-target.ts";
import { cityOf } from "./cities/index.ts";
import type { Config } from "./config.ts";
import type { Stream } from "./core/stream.ts";
import type { Clock } from "./core/time.ts";
import { epochsBefore } from "./log-identity.ts";
import { withRetention } from "./retention.ts";
import { listen } from "./server.ts";
import { openStores, type Stores } from "./stores.ts";
import { internalStreams, streams as declared } from "./streams/index.ts";
import { untilThere, type Waiting } from "./until-there.ts";
import { wire, type Platform, type PlatformOptions } from "./wiring.ts";
import { makePartitions } from "../jobs/keep-partitions.ts";
import { waitingRoutes } from "../routes/waiting.ts";
import type { Wait } from "../routes/health.ts";

export type { Platform, PlatformOptions };

/**
 * Listens at once, and says what it waits for until the servers are there.
 *
 * @throws {ConfigError} in one sentence, for what a user can mend; the signal's reason when that aborts.
 */
export async function startPlatform(config: Config, options: PlatformOptions): Promise<Platform> {
  const { clock, logger, version } = options;
  const city = options.city ?? cityOf(config.CITY);
  const streams = withRetention(options.streams?.streams ?? declared, config);
  const all = [...streams, ...withRetention(internalStreams, config)];
  const onWarning = (part: string, message: string): void => logger.warn({ part }, message);
  const waits = new Map<string, Wait>();
  const waiting: Waiting = {
    signal: options.signal ?? new AbortController().signal,
    onWait(part, reason) {
      if (reason === null) waits.delete(part);
      else waits.set(part, { part, reason });
      options.onWait?.(part, reason);
    },
  };
  const server = listen(config.HOST, config.PORT);
  const before = waitingRoutes({ city, clock, version, waits: () => [...waits.values()] });
  server.answerWith((request) => before.fetch(request));
  let stores: Stores | null = null;
  try {
    if (config.ARCHIVE !== undefined && config.ROLES.includes("jobs"))
      await checkTarget(openTarget(config.ARCHIVE, config), (message) => onWarning("archive", message));
    const migrations = options.streams?.migrations ?? [];
    stores = await openStores(config, {
      streams: all,
      zone: city.zone,
      roads: city.roads,
      clock,
      migrations,
      onWarning,
      ...waiting,
    });
    const epoch = await begin(config, stores, { streams: all, clock, waiting });
    const { duties, parts } = stores;
    const salt = await untilThere(new Map(parts).get("History")!, waiting, () => duties.salt());
    const epochs_before = await untilThere(new Map(parts).get("History")!, waiting, () =>
      epochsBefore(duties),
    );
    const opened = { city: { ...city, salt }, streams, all, server, stores, epoch, epochs_before, onWarning };
    return wire(config, options, opened);
  } catch (error) {
    await stores?.close();
    await server.stop(0);
    throw error;
  }
}

interface Beginning {
  streams: readonly Stream[];
  clock: Clock;
  waiting: Waiting;
}

/** What must stand before the first event, and the log's identity where clients are given cursors: else null. */
async function begin(
  config: Config,
  { history, epoch, parts }: Stores,
  { streams, clock, waiting }: Beginning,
): Promise<string | null> {
  const on = new Map(parts);
  // A server may have gone again while another was waited for.
  await untilThere(on.get("History")!, waiting, () => makePartitions({ streams, history, clock }));
  return config.ROLES.includes("web") ? untilThere(on.get("Log")!, waiting, epoch) : null;
}
