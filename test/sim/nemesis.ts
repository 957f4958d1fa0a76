/** Trouble, from a seed: crashes and restarts, processes that freeze and wake, links cut and hung, an emptied live store. */
import { Chance } from "./chance.ts";
import type { Client } from "./client.ts";
import type { Link } from "./link.ts";
import { startReplica, type Replica } from "./replica.ts";
import type { Servers } from "./servers.ts";
import type { World } from "./world.ts";

export class Nemesis {
  crashes = 0;
  readonly replicas: Replica[] = [];
  readonly #world: World;
  readonly #servers: Servers;
  readonly #chance: Chance;
  #started = 0;

  constructor(world: World, servers: Servers) {
    this.#world = world;
    this.#servers = servers;
    this.#chance = new Chance(world.seed, "nemesis");
    this.replicas.push(this.#start(), this.#start());
  }

  /** Everything is over, or will be, when the time has come. */
  plan(until_ms: number, clients: readonly Client[]): void {
    const { part, whole, of } = bound(this.#chance);
    const at = (work: () => void): void =>
      void this.#world.after(500 + part() * (until_ms - 3_000), work, this.#world.server);
    for (let n = whole(3, 5); n > 0; n--) at(() => this.#crash(clients));
    for (let n = whole(0, 3); n > 0; n--)
      at(() => this.#freeze(of(this.replicas), 300 + part() * 5_000, until_ms));
    for (let n = whole(0, 10); n > 0; n--) at(() => this.#freeze(of(this.replicas), part() * 400, until_ms));
    for (let n = whole(1, 6); n > 0; n--) at(() => this.#trouble(until_ms));
    for (let n = whole(0, 2); n > 0; n--) at(() => this.#empty());
    for (let n = whole(0, 8); n > 0; n--) at(() => of(clients).cut());
    for (let n = whole(0, 3); n > 0; n--)
      at(() => void (of(clients).slow_until_ms = Math.min(until_ms, this.#world.ms + part() * 6_000)));
  }

  /** All is well from now on. */
  heal(): void {
    Object.assign(this.#servers.weather, { lost: 0, unheard: 0, slow: 0 });
    this.#servers.log.cut.clear();
    for (const { links, process } of this.replicas) {
      process.frozen_until_ms = 0;
      for (const link of Object.values(links) as Link[]) link.cut_until_ms = link.hung_until_ms = 0;
    }
    for (const [n, replica] of this.replicas.entries())
      if (!replica.process.alive) this.replicas[n] = this.#start();
  }

  #start(): Replica {
    const name = `replica-${++this.#started}`;
    this.#world.say(`${name} starts`);
    return startReplica(this.#world, this.#servers, name);
  }

  #crash(clients: readonly Client[]): void {
    const n = this.#chance.whole(0, this.replicas.length - 1);
    const replica = this.replicas[n]!;
    const { process } = replica;
    if (!process.alive) return void this.#world.after(300, () => this.#crash(clients), this.#world.server);
    this.crashes++;
    this.#world.say(`${process.name} crashes`);
    process.alive = false;
    for (const client of clients) client.lost(replica);
    const back = (): void => {
      if (!this.replicas[n]!.process.alive) this.replicas[n] = this.#start();
    };
    this.#world.after(100 + this.#chance.part() * 2_500, back, this.#world.server);
  }

  #freeze({ process }: Replica, ms: number, until_ms: number): void {
    const end_ms = Math.min(this.#world.ms + ms, until_ms);
    this.#world.say(`${process.name} freezes until ${end_ms.toFixed(0)}`);
    process.frozen_until_ms = Math.max(process.frozen_until_ms, end_ms);
  }

  #trouble(until_ms: number): void {
    const end_ms = Math.min(this.#world.ms + 200 + this.#chance.part() * 3_000, until_ms);
    const what = this.#chance.of(["log", "history", "live"] as const);
    const how = this.#chance.of(["cut_until_ms", "hung_until_ms"] as const);
    const whom = this.#chance.is(0.5) ? this.replicas : [this.#chance.of(this.replicas)];
    this.#world.say(
      `${what} ${how} ${end_ms.toFixed(0)} for ${whom.map(({ process }) => process.name).join(", ")}`,
    );
    for (const { links, process } of whom) {
      if (!links[what].away) links[what].away_from_ms = this.#world.ms;
      links[what][how] = end_ms;
      if (what === "log") this.#servers.log.cut.set(process, end_ms);
    }
  }

  #empty(): void {
    this.#world.say("the live store is emptied");
    this.#servers.live.empty(this.#world.ms);
  }
}

const bound = (chance: Chance) => ({
  part: () => chance.part(),
  whole: (from: number, to: number) => chance.whole(from, to),
  of: <T>(list: readonly T[]) => chance.of(list),
});
