/**
 * Virtual time and who runs when. While a world runs, the timers of the process are its own: nothing waits for real
 * time, and one seed is one run. A task runs, then all promises that it settled; then the next that is due, any of
 * those due at the same time.
 */
import { drainMicrotasks } from "bun:jsc";
import type { Clock } from "../../src/core/time.ts";
import { Chance } from "./chance.ts";
import { TaskHeap, type Task } from "./task-heap.ts";

export const START_MS = Date.UTC(2026, 10, 21, 10);

/** Something that has a clock and may stop: a replica, a client, or a server that never does. */
export class Process implements Clock {
  alive = true;
  frozen_until_ms = 0;
  readonly name: string;
  readonly #world: World;

  constructor(name: string, world: World) {
    this.name = name;
    this.#world = world;
  }

  get frozen(): boolean {
    return this.frozen_until_ms > this.#world.ms;
  }

  readonly now = (): number => START_MS + Math.floor(this.#world.ms);
  readonly monotonic = (): number => this.#world.ms;
}

/** More tasks than any run needs: a loop that never waits ends here. */
const TASKS_MAX = 400_000;
const SAID_MAX = 4_000;

export class World {
  ms = 0;
  tasks = 0;
  /** Whose task runs now. */
  here: Process;
  /** Where requests are answered: it is always there. */
  readonly server: Process;
  readonly chance: Chance;
  readonly seed: number;
  readonly said: string[] = [];
  /** What broke while it ran: the run is over. */
  readonly faults: string[] = [];
  readonly #telling: boolean;
  readonly #heap = new TaskHeap();
  #hash = 0x811c9dc5;

  constructor(seed: number, telling = false) {
    this.seed = seed;
    this.#telling = telling;
    this.chance = new Chance(seed, "order");
    this.server = this.here = new Process("server", this);
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  get wall_ms(): number {
    return START_MS + Math.floor(this.ms);
  }

  /** Marks that something happened: two runs of a seed are the same if they were marked alike. */
  mark(what: number): void {
    this.#hash = Math.imul(this.#hash ^ what, 0x01000193);
  }

  /** For whoever reads what a run did. */
  say(text: string): void {
    if (this.#telling && this.said.length < SAID_MAX)
      this.said.push(`${this.ms.toFixed(1).padStart(9)} ${this.here.name}: ${text}`);
  }

  fault(text: string): void {
    this.say(`FAULT ${text}`);
    if (this.faults.length < 20) this.faults.push(`${text} (at ${this.ms.toFixed(0)} ms)`);
  }

  /** Runs something in a process after a while; never when that is dead by then, later when it is frozen. */
  after(delay_ms: number, run: () => void, where: Process = this.here): Task {
    const task = { at: this.ms + delay_ms, tie: this.chance.next(), run, where, over: false };
    this.#heap.push(task);
    return task;
  }

  /** Runs something now as if in a process, with the promises that it settles. */
  within<T>(where: Process, run: () => T): T {
    const before = this.here;
    this.here = where;
    try {
      const made = run();
      drainMicrotasks();
      return made;
    } finally {
      this.here = before;
    }
  }

  /** Lets time pass until nothing is left, a fault was seen, or the time has come. */
  pass(until_ms: number): void {
    for (;;) {
      const at = this.#heap.least;
      if (at === null || at > until_ms || this.faults.length > 0) break;
      const task = this.#heap.pop();
      if (task.over || !task.where.alive) continue;
      this.ms = Math.max(this.ms, at);
      if (task.where.frozen) {
        task.at = task.where.frozen_until_ms + this.chance.part();
        this.#heap.push(task);
        continue;
      }
      if (++this.tasks > TASKS_MAX) return this.fault(`more than ${TASKS_MAX} tasks: something never waits`);
      this.mark(Math.round(this.ms * 1_000) ^ task.where.name.charCodeAt(0));
      this.within(task.where, task.run);
    }
    this.ms = Math.max(this.ms, until_ms);
  }
}
