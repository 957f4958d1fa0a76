/** A sensor that tells exactly the same for hours, while its road is not free: its readings are not measurements. */
import { hours } from "../../core/time.ts";

/** So long, and so many readings, before it is told. */
export const STUCK_MS = hours(4);
const READINGS_MIN = 48;
/** Many feeds tell the speed without traffic as long as a road is free. */
const FREE_SHARE = 0.95;

export interface Reading {
  at_ms: number;
  speed: number;
  free_flow_speed: number | null;
  road_closed: boolean;
}

export interface Stuck {
  at_ms: number;
  since_ms: number;
  speed: number;
  readings_n: number;
}

export class StuckWatch {
  #speed = NaN;
  #since_ms = 0;
  #at_ms = -Infinity;
  #n = 0;
  #told = false;

  /** @returns what to tell, once for as long as the value stays. A reading that is not newer changes nothing. */
  read({ at_ms, speed, free_flow_speed, road_closed }: Reading): Stuck | null {
    if (!(at_ms > this.#at_ms)) return null;
    this.#at_ms = at_ms;
    const free = free_flow_speed !== null && speed >= FREE_SHARE * free_flow_speed;
    if (speed !== this.#speed || road_closed || free) {
      this.#speed = road_closed || free ? NaN : speed;
      this.#since_ms = at_ms;
      this.#n = 1;
      this.#told = false;
      return null;
    }
    this.#n++;
    if (this.#told || at_ms - this.#since_ms < STUCK_MS || this.#n < READINGS_MIN) return null;
    this.#told = true;
    return { at_ms, since_ms: this.#since_ms, speed, readings_n: this.#n };
  }
}
