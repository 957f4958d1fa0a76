/** One run of a seed: a city, two replicas, clients and trouble; then rest; then the oracle. */
import { Chance } from "./chance.ts";
import { Client } from "./client.ts";
import { streams } from "./city.ts";
import { withWorld } from "./globals.ts";
import { Nemesis } from "./nemesis.ts";
import { Oracle } from "./oracle.ts";
import { plant } from "./planted.ts";
import { Producers } from "./producer.ts";
import { Servers } from "./servers.ts";
import { World } from "./world.ts";

export interface Result {
  seed: number;
  /** What broke; nothing when all held. */
  faults: readonly string[];
  /** Of everything that happened: the same for the same seed. */
  hash: string;
  events: number;
  crashes: number;
  tasks: number;
  /** Virtual time that it took, ms. */
  ms: number;
  said: readonly string[];
}

const TROUBLE_MS = 11_000;
const REST_MS_MAX = 60_000;
const LOOKS = 8;
const GLANCE_MS = 250;
const CLIENTS = 3;

export interface RunOptions {
  /** Name of the fault to be planted. */
  fault?: string | null;
  /** Keeps what happened as sentences. */
  telling?: boolean;
}

export function runSeed(seed: number, { fault = null, telling = false }: RunOptions = {}): Result {
  const world = new World(seed, telling);
  return withWorld(world, () => {
    const servers = new Servers(world, plant(fault));
    const producers = new Producers(world, servers);
    const oracle = new Oracle(world, servers, producers);
    const nemesis = new Nemesis(world, servers);
    const chance = new Chance(seed, "clients");
    const clients = Array.from(
      { length: CLIENTS },
      (_, n) => new Client(world, chance, oracle, () => nemesis.replicas, n),
    );
    producers.start(TROUBLE_MS);
    nemesis.plan(TROUBLE_MS, clients);
    const looks = Array.from({ length: LOOKS }, () => chance.part() * TROUBLE_MS).sort((a, b) => a - b);
    for (const at_ms of [...looks, TROUBLE_MS]) {
      while (world.ms < at_ms && world.faults.length === 0) {
        world.pass(Math.min(at_ms, world.ms + GLANCE_MS));
        oracle.glance();
      }
      if (world.faults.length > 0) break;
      oracle.lookAround(nemesis.replicas);
      const replica = chance.of(nemesis.replicas);
      const stream = chance.of(streams);
      world.after(0, () => void oracle.ask(replica, stream).catch(() => {}), replica.process);
    }
    nemesis.heal();
    rest(world, oracle, nemesis, clients);
    if (world.faults.length === 0) oracle.atRest(clients);
    let events = 0;
    for (const stream of streams) for (const end of oracle.truth.ends(stream)) events += end;
    const { faults, hash, tasks, ms, said } = world;
    return { seed, faults, hash, events, crashes: nemesis.crashes, tasks, ms, said };
  });
}

function rest(world: World, oracle: Oracle, nemesis: Nemesis, clients: readonly Client[]): void {
  const until_ms = world.ms + REST_MS_MAX;
  let unrest = oracle.unrest(nemesis.replicas, clients);
  while (unrest !== null && world.ms < until_ms && world.faults.length === 0) {
    world.pass(world.ms + 500);
    unrest = oracle.unrest(nemesis.replicas, clients);
  }
  if (unrest !== null && world.faults.length === 0)
    return world.fault(`after ${REST_MS_MAX / 1_000} s of peace: ${unrest}`);
  // Until every tick and sweep has come round.
  world.pass(world.ms + 3_000);
}
