/** A bed for the laws in memory: one store, opened as often as it is wanted. */
import { systemClock } from "../core/time.ts";
import { traffic } from "../streams/traffic.ts";
import type { HistoryBed } from "./conformance-kit.ts";
import { openMemoryHistory } from "./memory-history.ts";
import { MemoryHistoryStore } from "./memory-history-store.ts";
import { other } from "./other-stream.fixture.ts";

export async function memoryBed(): Promise<HistoryBed> {
  const store = new MemoryHistoryStore();
  return {
    traffic,
    other,
    async open() {
      const history = openMemoryHistory({ clock: systemClock, store });
      await history.migrate();
      return history;
    },
    async drop() {},
  };
}
