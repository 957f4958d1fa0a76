/** A service whose server is away is no crash: it waits and begins again, for as long as it takes. */
import { isAway } from "../src/core/errors.ts";
import { pause } from "../src/core/pause.ts";
import type { Service } from "./service.ts";

const WAIT_MIN_MS = 200;
const WAIT_MAX_MS = 2_000;

/** @param onAway Told before each wait. */
export function patient(service: Service, onAway: (message: string) => void): Service {
  return {
    name: service.name,
    async run(signal) {
      for (let wait_ms = WAIT_MIN_MS; !signal.aborted; wait_ms = Math.min(WAIT_MAX_MS, 2 * wait_ms)) {
        try {
          return await service.run(signal);
        } catch (error) {
          if (!isAway(error)) throw error;
          onAway(error.message);
        }
        await pause(wait_ms, signal);
      }
    },
  };
}
