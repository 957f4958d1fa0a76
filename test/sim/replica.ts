/** One replica: the product's own code, on ports over links. */
import { liveFromLog } from "../../jobs/live-from-log.ts";
import { pushFromLog } from "../../jobs/push-from-log.ts";
import { supervise } from "../../jobs/service.ts";
import { minutes, seconds } from "../../src/core/time.ts";
import { batchConsumer, type BatchConsumer } from "../../src/batch/consumer.ts";
import { createHub, type Hub } from "../../src/push/hub.ts";
import { createServing } from "../../src/serving/serving.ts";
import type { Serving } from "../../src/serving/answer.ts";
import { city, streams } from "./city.ts";
import { LinkedLive } from "./shared-live.ts";
import type { Servers } from "./servers.ts";
import { linkedHistory, linkedLog, linksOf, type Links } from "./ports.ts";
import { Process, type World } from "./world.ts";

export interface Replica {
  process: Process;
  links: Links;
  hub: Hub;
  /** The hub has read what the log held when it started. */
  ready: boolean;
  serving: Serving;
  batch: BatchConsumer;
}

export function startReplica(world: World, servers: Servers, name: string): Replica {
  const process = new Process(name, world);
  return world.within(process, () => {
    const clock = process;
    const links = linksOf(world, process, servers.weather);
    const { planted } = servers;
    const history = planted.history(linkedHistory(links.history, servers.openHistory(clock)));
    const live = planted.live(new LinkedLive(links.live, servers.live));
    const log = linkedLog(world, links.log, servers.openLog(clock));
    const hub = planted.hub(
      createHub({
        streams,
        clock,
        epoch: servers.log.epoch,
        random: () => world.chance.part(),
        ...planted.hub_options,
      }),
    );
    const toLive = liveFromLog({
      log,
      live,
      history,
      streams,
      city,
      clock,
      onWarning: (_, message) => world.say(message),
      onExpired: (stream, keys) => hub.gone(stream, keys),
    });
    const batch = batchConsumer({
      log: planted.batchLog(log, servers.openHistory(clock)),
      history,
      streams,
      city,
      clock,
      rejects_topic: null,
      onWarning: (message) => world.say(message),
    });
    const serving = createServing({ streams, live, history, log, city, clock });
    const replica: Replica = { process, links, hub, ready: false, serving, batch };
    const services = [
      { name: "history-from-log", run: (signal: AbortSignal) => batch.run(signal) },
      toLive.service,
      pushFromLog({ log, hub, streams, city, clock }, () => void (replica.ready = true)),
    ];
    supervise(services, {
      clock,
      signal: new AbortController().signal,
      restarts_max: 20,
      window_ms: minutes(10),
      backoff_ms: 200,
      backoff_ms_max: seconds(2),
      onCrash: (service, error) => world.say(`${service} crashed: ${String(error)}`),
    }).catch((error: unknown) => world.fault(`${name} gave up: ${String(error)}`));
    return replica;
  });
}
