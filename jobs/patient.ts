/** A service whose server is away is no crash: it waits and begins again, for as long as it takes. */
import { isAway } from "../src/core/errors.ts";
import { pause } from "../src/core/pause.ts";
import type { Service } from "./service.ts";

const WAIT_MIN_MS = 200;
const WAIT_MAX_MS = 2_000;
/** The same again is told once in so many waits: about a minute. An outage of an hour must not fill a disk. */
const TOLD_EVERY = 30;

/** @param onAway Told before the first wait, and then now and then. */
export function patient(service: Service, onAway: (message: string) => void): Service {
  let said = "";
  let again = 0;
  return {
    name: service.name,
    async run(signal) {
      for (let wait_ms = WAIT_MIN_MS; !signal.aborted; wait_ms = Math.min(WAIT_MAX_MS, 2 * wait_ms)) {
        try {
          return await service.run(signal);
        } catch (error) {
          if (!isAway(error)) throw error;
          tell(error.message);
        }
        await pause(wait_ms, signal);
      }
    },
  };

  function tell(message: string): void {
    // Times in it differ each time.
    const text = message.replaceAll(/\d+/g, "0");
    again = text === said ? again + 1 : 0;
    said = text;
    if (again % TOLD_EVERY === 0) onAway(message);
  }
}
