/** A service that begins a moment after the others: what nobody waits for must not slow down what everybody waits for. */
import { pause } from "../src/core/pause.ts";
import type { Service } from "./service.ts";

export const later = (service: Service, after_ms: number): Service => ({
  name: service.name,
  async run(signal) {
    await pause(after_ms, signal);
    if (!signal.aborted) await service.run(signal);
  },
});
