/** What a process answers over HTTP: the whole site, or without the role web its health and nothing else. */
import { createApp } from "./app.ts";
import type { Config } from "./config.ts";
import type { City } from "./core/city.ts";
import type { Stream } from "./core/stream.ts";
import type { Clock } from "./core/time.ts";
import type { Log } from "./log/log.ts";
import type { Logger } from "./logger.ts";
import type { Meters } from "./observe/meters.ts";
import type { Observation } from "./observe/observe.ts";
import type { Hub } from "./push/hub.ts";
import { deadLetters } from "./serving/dead-letters.ts";
import type { Serving } from "./serving/answer.ts";
import { feedDesk } from "./serving/feeds.ts";
import { qualityDesk } from "./serving/quality-desk.ts";
import type { JobsDesk } from "./serving/jobs.ts";
import type { Fetch } from "./server.ts";
import { createDoorCursor } from "./sources/door-cursor.ts";
import type { Door } from "./sources/door.ts";
import type { Stores } from "./stores.ts";
import type { Readiness } from "../routes/health.ts";
import { ingestRoutes } from "../routes/ingest.ts";
import { liveRoutes } from "../routes/live.ts";
import { pageGroups, pageRoutes } from "../routes/pages/index.ts";
import { healthOnly } from "../routes/waiting.ts";

export interface SiteOptions {
  city: City;
  /** Those of the city. */
  streams: readonly Stream[];
  clock: Clock;
  logger: Logger;
  version: string;
  door: Door;
  serving: Serving;
  meters: Meters;
  observation: Observation;
  readiness: Readiness;
  jobs: JobsDesk;
  stores: Pick<Stores, "log" | "history" | "epoch" | "duties" | "quality">;
  /** Null without the role web. */
  hub: Hub | null;
  hub_ready: Promise<void>;
}

export function siteOf(config: Config, options: SiteOptions): Fetch {
  const { city, streams, clock, logger, door, serving, meters, observation, hub, hub_ready } = options;
  const { log, history, epoch, duties, quality } = options.stores;
  const shared = {
    city,
    clock,
    version: options.version,
    readiness: options.readiness,
    admin_token: config.ADMIN_TOKEN,
    allowed_hosts: [config.HOST, ...config.ALLOWED_HOSTS],
  };
  if (hub === null) {
    const app = healthOnly({ ...shared, metrics: observation });
    return (request) => app.fetch(request);
  }
  // What is told here does not wait for a log that is away to say which it is.
  const known: Pick<Log, "append" | "ends" | "epoch"> = {
    append: (topic, records) => log.append(topic, records),
    ends: (topics) => log.ends(topics),
    epoch,
  };
  const letters = deadLetters(history, known, streams);
  const judged = qualityDesk({ quality, streams, city, clock, cursor: () => serving.cursor() });
  const app = createApp({
    ...shared,
    serving,
    streams,
    deadLetters: letters,
    feeds: feedDesk(duties, clock),
    jobs: options.jobs,
    ingest: ingestRoutes({ door, streams, cursor: createDoorCursor(known) }),
    live: liveRoutes({ hub, streams, pages: pageGroups, ready: hub_ready }),
    quality: judged,
    pages: pageRoutes({ serving, streams, city, clock, deadLetters: letters, quality: judged }),
    metrics: { text: observation, measure: meters.request },
    onFault: (error, request_id, path) => logger.error({ err: error, request_id, path }, "a request failed"),
  });
  return (request, server) => app.fetch(request, server);
}
