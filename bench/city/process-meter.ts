/** Resident memory of another process, and how fast its /healthz answers, sampled until told to stop. */
import { readFileSync } from "node:fs";
import { percentiles } from "./percentiles.ts";

const MEMORY_EVERY_MS = 100;
const HEALTH_EVERY_MS = 50;

/** Resident memory, MB. */
export function residentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kb) / 1_000);
}

export interface Metered {
  /** MB */
  start: number;
  most: number;
  /** p50, p99, max in words. */
  health: string;
}

export function startMeter(pid: number, url: string): { stop(): Promise<Metered> } {
  const start = residentMb(pid);
  let most = start;
  const answered: number[] = [];
  const memory = setInterval(() => (most = Math.max(most, residentMb(pid))), MEMORY_EVERY_MS);
  let running = true;
  const asking = (async () => {
    while (running) {
      const began = performance.now();
      await (await fetch(`${url}/healthz`)).text();
      answered.push(performance.now() - began);
      await Bun.sleep(HEALTH_EVERY_MS);
    }
  })();
  return {
    async stop() {
      running = false;
      clearInterval(memory);
      await asking;
      return { start, most, health: percentiles(answered) };
    },
  };
}
