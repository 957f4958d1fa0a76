/**
 * All roads: measurements and forecasts in, events to tell out. Pure: the same events in the same order tell the same, so that what is read
 * again after a restart makes the same events again. Backfilled events are passed over.
 */
import type { City } from "../../core/city.ts";
import type { Event } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { localTime } from "../../core/time.ts";
import { AlertBudget } from "./budget.ts";
import { RoadDetector, type Opening } from "./detector.ts";
import { Expected } from "./expected.ts";
import { OwnBand } from "./own-band.ts";
import { type Stuck, StuckWatch } from "./stuck.ts";
import {
  openingEvent,
  restEvent,
  stormEvent,
  stuckEvent,
  stuckRestEvent,
  stuckStormEvent,
  type AnomalyEvent,
  type ToldRoad,
} from "./told.ts";

interface RoadState {
  road: ToldRoad;
  detector: RoadDetector;
  expected: Expected;
  own: OwnBand;
  stuck: StuckWatch;
  /** The step that is being measured. */
  step: number;
  sum: number;
  n: number;
}

export class AnomalyWatch {
  readonly #city: Pick<City, "city_id" | "zone">;
  readonly #known: ReadonlyMap<string, ToldRoad>;
  readonly #roads = new Map<string, RoadState>();
  readonly #budget = new AlertBudget<{ road: ToldRoad; opening: Opening }>();
  #reached_ms = -Infinity;
  /** A feed that stands still makes all its sensors stuck. */
  readonly #stuck = new AlertBudget<{ road: ToldRoad; stuck: Stuck }>();

  constructor(city: Pick<City, "city_id" | "zone" | "roads">) {
    this.#city = city;
    this.#known = new Map(
      city.roads.map(({ road_id, road_name, geometry }) => [
        road_id,
        { road_id, road_name, at: geometry[Math.floor(geometry.length / 2)] ?? null },
      ]),
    );
  }

  /** Roads of which something is held. */
  get size(): number {
    return this.#roads.size;
  }

  /** Newest measurement. */
  get reached_ms(): number {
    return this.#reached_ms;
  }

  /** Events of the stream predictions. */
  forecast(events: readonly Event[]): void {
    for (const { key, event_time_ms, backfill, row } of events) {
      const [low, high] = [row["low_90_10min"], row["high_90_10min"]];
      if (backfill || typeof low !== "number" || typeof high !== "number") continue;
      this.#state(key, null)?.expected.forecast(event_time_ms, { low, high });
    }
  }

  /** Events of the stream traffic. */
  measured(events: readonly Event[]): void {
    for (const event of events) {
      const speed = event.row["current_speed"];
      if (event.backfill || typeof speed !== "number") continue;
      const state = this.#state(event.key, event);
      if (state === null) continue;
      this.#reached_ms = Math.max(this.#reached_ms, event.event_time_ms);
      this.#measure(state, event.event_time_ms, speed);
      const free = event.row["free_flow_speed"];
      const stuck = state.stuck.read({
        at_ms: event.event_time_ms,
        speed,
        free_flow_speed: typeof free === "number" ? free : null,
        road_closed: event.row["road_closed"] === true,
      });
      if (stuck !== null)
        this.#stuck.add(Math.ceil(stuck.at_ms / STEP_MS) * STEP_MS, { road: state.road, stuck });
    }
  }

  /** A step ends with the road's first event of a later one; what comes for it after that is passed over. */
  #measure(state: RoadState, at_ms: number, speed: number): void {
    const step = Math.floor(at_ms / STEP_MS);
    if (step < state.step) return;
    if (step > state.step) {
      if (state.n > 0) this.#observe(state, state.step, state.sum / state.n);
      state.step = step;
      state.sum = 0;
      state.n = 0;
    }
    state.sum += speed;
    state.n++;
  }

  #observe(state: RoadState, step: number, actual: number): void {
    const at_ms = (step + 1) * STEP_MS;
    const { hour } = localTime(step * STEP_MS, this.#city.zone);
    const band = state.expected.isForecast(step) ? state.expected.at(step) : state.own.at(hour);
    state.own.learn(hour, actual);
    const opening = band === null ? null : state.detector.observe({ at_ms, actual, ...band });
    if (opening !== null) this.#budget.add(at_ms, { road: state.road, opening });
  }

  /** What is to be told now, once. Not asked while what was before is read again: roads of one step must be seen together. */
  due(): readonly AnomalyEvent[] {
    const { city_id, zone } = this.#city;
    const roads = this.#budget.due(this.#reached_ms).flatMap((verdict): readonly AnomalyEvent[] => {
      switch (verdict.kind) {
        case "each":
          return verdict.all.map(({ road, opening }) => openingEvent(road, opening, zone));
        case "storm":
          return [
            stormEvent(
              city_id,
              verdict.at_ms,
              verdict.all.map(({ road }) => road),
              zone,
            ),
          ];
        case "rest":
          return [restEvent(city_id, verdict.hour_ms, verdict.at_ms, limits.anomalies_hour_max, zone)];
      }
    });
    const stuck = this.#stuck.due(this.#reached_ms).flatMap((verdict): readonly AnomalyEvent[] => {
      switch (verdict.kind) {
        case "each":
          return verdict.all.map((one) => stuckEvent(one.road, one.stuck, zone));
        case "storm":
          return [
            stuckStormEvent(
              city_id,
              verdict.at_ms,
              verdict.all.map(({ road }) => road),
              zone,
            ),
          ];
        case "rest":
          return [stuckRestEvent(city_id, verdict.hour_ms, verdict.at_ms, limits.anomalies_hour_max, zone)];
      }
    });
    return [...stuck, ...roads];
  }

  /** Null where there are `limits.predict_roads_max` already. */
  #state(road_id: string, event: Event | null): RoadState | null {
    const known = this.#roads.get(road_id);
    if (known !== undefined) {
      if (event !== null && !this.#known.has(road_id)) known.road = roadOf(road_id, event);
      return known;
    }
    if (this.#roads.size >= limits.predict_roads_max) return null;
    const state: RoadState = {
      road: this.#known.get(road_id) ?? roadOf(road_id, event),
      detector: new RoadDetector(),
      expected: new Expected(),
      own: new OwnBand(),
      stuck: new StuckWatch(),
      step: -Infinity,
      sum: 0,
      n: 0,
    };
    this.#roads.set(road_id, state);
    return state;
  }
}

/** What a road that the city does not know says of itself. */
function roadOf(road_id: string, event: Event | null): ToldRoad {
  const [name, lng, lat] = ["road_name", "longitude", "latitude"].map((field) => event?.row[field]);
  return {
    road_id,
    road_name: typeof name === "string" ? name : road_id,
    at: typeof lng === "number" && typeof lat === "number" ? [lng, lat] : null,
  };
}
