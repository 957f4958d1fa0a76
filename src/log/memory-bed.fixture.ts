/** The log in memory for the suite: a store for each check. */
import { systemClock, type Clock } from "../core/time.ts";
import type { LogBed } from "./conformance-kit.ts";
import type { Log } from "./log.ts";
import { openMemoryLog } from "./memory-log.ts";
import { MemoryStore } from "./memory-store.ts";

export async function memoryBed(lease_ms = 400): Promise<LogBed> {
  const store = new MemoryStore();
  const opened: Log[] = [];
  let ahead_ms = 0;
  const clock: Clock = { now: () => systemClock.now() + ahead_ms, monotonic: () => systemClock.monotonic() };
  return {
    async open() {
      const log = openMemoryLog({ clock, store, lease_ms });
      opened.push(log);
      return log;
    },
    async close() {
      await Promise.all(opened.map((log) => log.close()));
    },
    async remake() {
      await Promise.all(opened.map((log) => log.close()));
      store.remake();
    },
    advance: (ms) => void (ahead_ms += ms),
  };
}
