/** The process's timers and chance, given to a world for as long as it runs. */
import type { Task } from "./task-heap.ts";
import type { World } from "./world.ts";

/** What is handed out in place of a timer. */
class Timer {
  readonly task: Task;
  constructor(task: Task) {
    this.task = task;
  }
  unref(): this {
    return this;
  }
  ref(): this {
    return this;
  }
}

const stop = (timer: unknown): void => {
  if (timer instanceof Timer) timer.task.over = true;
};

/** Everything in `run` is synchronous: nobody else can meet the world's timers. */
export function withWorld<T>(world: World, run: () => T): T {
  const { chance } = world;
  /** No timer is early; most are a little late. */
  const set = (work: () => void, ms = 0): Timer =>
    new Timer(world.after(Math.max(1, ms) + chance.part(), work));
  const theirs = {
    setTimeout: set,
    setImmediate: (work: () => void): Timer => new Timer(world.after(chance.part() / 10, work)),
    setInterval: (): never => {
      throw new Error("There are no intervals in a simulation");
    },
    clearTimeout: stop,
    clearImmediate: stop,
  };
  const names = ["setTimeout", "setImmediate", "setInterval", "clearTimeout", "clearImmediate"] as const;
  const real = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
  const random = Math.random;
  for (const name of names)
    Object.defineProperty(globalThis, name, { value: theirs[name], configurable: true, writable: true });
  Math.random = () => chance.part();
  try {
    return run();
  } finally {
    names.forEach((name, n) => Object.defineProperty(globalThis, name, real[n]!));
    Math.random = random;
  }
}
