/** The simulated city: every law holds, whatever the seed; every planted fault is found; one seed is one run. */
import { describe, expect, test } from "bun:test";
import { cpus } from "node:os";
import { faults } from "./planted.ts";
import { runSeed, type Result } from "./run.ts";
import { seeds } from "./seeds.ts";

const RUNS = 1_000;
const SEEDS_PER_FAULT = 200;
/** Seeds that must have been run before the time may end it. */
const RUNS_MIN = 100;
const TIME_MS = 12_000;

const told = ({ seed, faults: broken }: Result): string =>
  `seed ${seed}: ${broken.join("; ")}\n  again: bun run sim --seed ${seed} --runs 1 --tell`;

/** Others of this process get their turn between two runs. */
const breath = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

describe("simulation", () => {
  test("seeds that failed once hold now", () => {
    for (const [seed] of seeds) {
      const result = runSeed(seed);
      expect(result.faults, told(result)).toEqual([]);
    }
  }, 60_000);

  test("one seed is one run, and another seed another", () => {
    for (const seed of [1, 2, 3]) {
      const [once, again] = [runSeed(seed), runSeed(seed)];
      expect({ ...again, said: [] }).toEqual({ ...once, said: [] });
      expect(runSeed(seed + 10).hash).not.toBe(once.hash);
    }
  }, 60_000);

  test(`laws hold for the seeds from 1 to ${RUNS}, or as many as ${TIME_MS / 1_000} s allow`, async () => {
    const began_ms = performance.now();
    let [runs, events, crashes] = [0, 0, 0];
    while (runs < RUNS && (runs < RUNS_MIN || performance.now() - began_ms < TIME_MS)) {
      const result = runSeed(++runs);
      expect(result.faults, told(result)).toEqual([]);
      expect(result.events).toBeGreaterThanOrEqual(500);
      expect(result.crashes).toBeGreaterThanOrEqual(3);
      events += result.events;
      crashes += result.crashes;
      await breath();
    }
    const s = (performance.now() - began_ms) / 1_000;
    process.stdout.write(
      `${runs} runs, ${events} events, ${crashes} crashes in ${s.toFixed(1)} s on one of ${cpus().length} cores\n`,
    );
  }, 180_000);

  for (const fault of Object.keys(faults)) {
    test(`planted: "${fault}" is found within ${SEEDS_PER_FAULT} seeds`, async () => {
      for (let seed = 1; seed <= SEEDS_PER_FAULT; seed++) {
        const result = runSeed(seed, { fault });
        if (result.faults.length > 0) {
          process.stdout.write(`"${fault}" is found by seed ${seed}: ${result.faults[0]}\n`);
          return;
        }
        await breath();
      }
      throw new Error(`${SEEDS_PER_FAULT} seeds did not find "${fault}"`);
    }, 120_000);
  }
});
