/**
 * The way between a process and a server: answers come late, get lost before or after the server has done the work, and
 * while a link is cut or hung nothing comes through. What is under way when its process dies may still be done.
 */
import type { Process, World } from "./world.ts";

export interface Weather {
  /** Share of requests that never reach the server. */
  lost: number;
  /** Share of requests that are done, but whose answer is lost. */
  unheard: number;
  /** Share of requests that take up to a second. */
  slow: number;
}

const ANSWER_MS_MAX = 1_500;

export class Link {
  readonly weather: Weather;
  /** Nothing comes through; who asks is told soon. */
  cut_until_ms = 0;
  /** Nothing is answered; it is done afterwards, when nobody waits for it any more. */
  hung_until_ms = 0;
  /** Since when it is cut or hung. */
  away_from_ms = Infinity;
  /** Last time that a request failed. */
  failed_ms = -Infinity;
  readonly #world: World;
  readonly #caller: Process;
  readonly #error: (message: string) => Error;

  constructor(world: World, caller: Process, weather: Weather, error: (message: string) => Error) {
    this.#world = world;
    this.#caller = caller;
    this.weather = weather;
    this.#error = error;
  }

  get away(): boolean {
    return this.cut_until_ms > this.#world.ms || this.hung_until_ms > this.#world.ms;
  }

  /** @param half What the server may have done of it when it fails before the end. */
  ask<T>(what: string, work: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
    const { chance, ms } = this.#world;
    const world = this.#world;
    const caller = this.#caller;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const fail = (why: string, after_ms: number): void => {
      world.after(
        after_ms,
        () => {
          this.failed_ms = world.ms;
          reject(this.#error(`Cannot ${what}: ${why}`));
        },
        caller,
      );
    };
    if (this.cut_until_ms > ms) {
      fail("the link is cut", 1 + chance.part() * 200);
      return promise;
    }
    const { lost, unheard, slow } = this.weather;
    const fate = chance.part();
    if (fate < lost) {
      if (half !== undefined && chance.is(0.5))
        world.after(chance.part() * 20, () => void half(), world.server);
      fail("the request was lost", 5 + chance.part() * 300);
      return promise;
    }
    const hung = this.hung_until_ms > ms;
    const go_ms = hung
      ? this.hung_until_ms - ms + chance.part() * 5
      : chance.is(slow)
        ? chance.part() * 1_000
        : chance.part() * 3;
    const back_ms = chance.part() * 3;
    const heard = !hung && fate >= lost + unheard;
    if (!heard) fail("there was no answer", hung ? Math.min(ANSWER_MS_MAX, go_ms) : go_ms + back_ms);
    const serve = (): void => {
      // Its process died with the request on the way: it came through, or not.
      if (!caller.alive && chance.is(0.5)) return;
      world.mark(what.length);
      const done = work();
      if (!heard) {
        done.catch(() => {});
        return;
      }
      done.then(
        (answer) => void world.after(back_ms, () => resolve(answer), caller),
        (error: unknown) => {
          const told = error instanceof Error ? error : new Error(String(error));
          world.after(back_ms, () => reject(told), caller);
        },
      );
    };
    world.after(go_ms, serve, world.server);
    return promise;
  }
}
