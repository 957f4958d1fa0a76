/** Two kinds of being unavailable that callers treat apart; everything else is the plain error. */
import { LiveUnavailableError } from "../core/errors.ts";

/** The store answers and reads go on, but it takes no writes: its memory is full, it is a replica, its disk is. */
export class LiveRefusedError extends LiveUnavailableError {
  override name = "LiveRefusedError";
}

/** The store works but no longer holds what was written: emptied, or an older copy. Write everything again. */
export class LiveLostError extends LiveUnavailableError {
  override name = "LiveLostError";
}
