/** Measurements in, predictions out: what was gathered is forecast together, by the model in service and by the one on trial. */
import { HistoryUnavailableError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { minutes, type Clock } from "../../core/time.ts";
import type { Event } from "../../core/event.ts";
import type { RoadNetwork } from "../model.ts";
import { DueRoads, type Due } from "./due.ts";
import { eventOf } from "./event-of.ts";
import { inOrder } from "./in-order.ts";
import { KnownRoads, type Stranger } from "./known-roads.ts";
import type { Foreseen, Slot } from "./messages.ts";
import type { ModelHost } from "./model-host.ts";
import { MinuteSums, minuteOf } from "./minute-sums.ts";
import { placeOf } from "./trial-share.ts";

/** An event of a topic, and the measurement's time that it answers. */
export type PredictionEvent = Readonly<Record<string, unknown>>;

export interface PredictorOptions {
  clock: Clock;
  host: Pick<ModelHost, "network" | "forecast">;
  /** Of the city, in the order of its network. */
  road_ids: readonly string[];
  /** @throws {HistoryUnavailableError} the one that the model was told of goes on. */
  network: (strangers: readonly Stranger[]) => Promise<RoadNetwork>;
  /** Share of the roads, 0 to 1, whose predictions are the challenger's, while there is one. */
  trial_share: number;
  /** Version of what is in a slot now; null for nothing. */
  inService: (slot: Slot) => string | null;
  /** A model failed while it forecast: it is out of service when this has settled. */
  onFailed: (slot: Slot, error: Error) => Promise<void>;
  /** Resolves when they are durable. */
  publish: (topic: "predictions" | "trial", events: readonly PredictionEvent[]) => Promise<void>;
  /** Least time between two networks that the model is told of, ms. */
  rebind_ms?: number;
}

export interface PredictorCounts {
  /** Predictions that were published since the start. */
  predicted: number;
  /** Roads that were measured, and of which the model did not know enough. */
  unknown: number;
  /** Of the newest turn: ms in the worker, and event time of its newest minute; null before the first. */
  took_ms: number | null;
  newest_ms: number | null;
}

/** Events that are made before others have their turn: some ms. */
const PIECE = 500;
const otherWork = (): Promise<void> => new Promise((go) => setImmediate(go));

/** What is held is of a time that has not come yet: it is to be begun anew. */
export class ClockBackError extends Error {
  override name = "ClockBackError";
}

export class Predictor {
  readonly #options: PredictorOptions;
  readonly #roads: KnownRoads;
  readonly #due = new DueRoads();
  readonly #sums: MinuteSums;
  /** Roads that the model was told of. */
  #bound = 0;
  #bound_ms = -Infinity;
  #bound_changes = -1;
  #next: Promise<void> | null = null;
  /** Turns follow each other: what one tells the model of its roads holds for its forecast. */
  #before: Promise<unknown> = Promise.resolve();
  readonly counts: PredictorCounts = { predicted: 0, unknown: 0, took_ms: null, newest_ms: null };

  constructor(options: PredictorOptions) {
    this.#options = options;
    this.#roads = new KnownRoads(options.road_ids);
    this.#sums = new MinuteSums(this.#roads.size);
  }

  /** What was measured before: nothing of it is predicted. */
  prime(road_id: string, cells: readonly { minute: number; n: number; sum: number }[]): void {
    const column = this.#columnOf(road_id, null);
    if (column !== null) for (const { minute, n, sum } of cells) this.#sums.add(column, minute, sum, n);
  }

  /**
   * @param primed These are in the sums already; they may still have to be predicted.
   * @returns Whether any of them asks for a prediction.
   * @throws {ClockBackError} where the clock went back: what is held is of a time that has not come yet.
   */
  measured(events: Iterable<Event>, primed: (event: Event) => boolean): boolean {
    const now_ms = this.#options.clock.now();
    const [oldest_ms, newest_ms] = [now_ms - limits.predict_late_ms, now_ms + limits.predict_late_ms];
    // A clock that was ahead for a while: the hour that is held would hide all that is measured until then.
    if (this.#sums.newest > minuteOf(newest_ms))
      throw new ClockBackError("The clock went back: the last hour is read anew");
    let asked = false;
    for (const event of events) {
      const { event_time_ms, row, key } = event;
      if (event_time_ms > newest_ms) continue;
      const column = this.#columnOf(key, row);
      if (column === null) continue;
      const minute = minuteOf(event_time_ms);
      if (!primed(event)) this.#sums.add(column, minute, row["current_speed"] as number, 1);
      // A closed road has no traffic to foresee; what is replayed has happened.
      if (event.backfill || row["road_closed"] === true || event_time_ms < oldest_ms) continue;
      if (this.#due.measured(column, minute)) asked = true;
    }
    return asked;
  }

  /** Forecasts and publishes what is due, with what comes in the next moment. Rejects with what ended it. */
  turn(gathered: () => Promise<void>): Promise<void> {
    if (this.#next !== null) return this.#next;
    const before = this.#before;
    const turn = (async () => {
      await Promise.all([gathered(), before]);
      this.#next = null;
      await this.bind();
      for (const due of this.#due.take()) await this.#forecast(due);
    })();
    this.#next = turn;
    this.#before = turn.catch(() => {});
    return turn;
  }

  #columnOf(road_id: string, row: Event["row"] | null): number | null {
    const column = this.#roads.columnOf(road_id, row);
    if (column !== null) this.#sums.grow(this.#roads.size);
    return column;
  }

  /** New roads are told to the model together, now and then; so is what was measured of strangers since. */
  async bind(): Promise<void> {
    const { clock, host, rebind_ms = limits.predict_rebind_ms } = this.#options;
    const { changes, strangers } = this.#roads;
    const since_ms = clock.monotonic() - this.#bound_ms;
    const old = strangers.length > 0 && since_ms >= limits.predict_refresh_ms;
    if (this.#bound_changes === changes && !old) return;
    if (this.#bound_changes >= 0 && since_ms < rebind_ms) return;
    const size = this.#roads.size;
    const road_ids = this.#roads.keys.slice(0, size);
    const network = await this.#network(strangers.slice());
    this.#bound_ms = clock.monotonic();
    if (network === null) return;
    await host.network(inOrder(network, road_ids));
    this.#bound = size;
    this.#bound_changes = changes;
  }

  /** Null where history is away, and the model knows a network already: that one goes on. */
  async #network(strangers: readonly Stranger[]): Promise<RoadNetwork | null> {
    try {
      return await this.#options.network(strangers);
    } catch (error) {
      if (error instanceof HistoryUnavailableError && this.#bound_changes >= 0) return null;
      throw error;
    }
  }

  async #forecast({ minute, columns }: Due): Promise<void> {
    const { inService, trial_share, publish } = this.#options;
    const known = columns.filter((column) => column < this.#bound);
    if (known.length === 0) return;
    const recent = { at_ms: minute * minutes(1), speeds: this.#recentAt(minute) };
    const shown: PredictionEvent[] = [];
    const trial: PredictionEvent[] = [];
    const onTrial = await this.#ask("challenger", recent, inService("challenger") === null ? [] : known);
    // What the challenger does not know the champion may.
    const shares = new Set(
      known.filter(
        (column, i) =>
          onTrial !== null &&
          onTrial.roads[i]!.ahead !== null &&
          placeOf(this.#roads.keys[column]!) < trial_share,
      ),
    );
    const champions = known.filter((column) => !shares.has(column));
    const foreseen = await this.#ask("champion", recent, inService("champion") === null ? [] : champions);
    const event = (column: number, model_version: string, { now, ahead }: Foreseen): PredictionEvent | null =>
      ahead && eventOf({ road_id: this.#roads.keys[column]!, minute, now, model_version, ahead });
    for (const [i, column] of known.entries()) {
      if (onTrial === null) break;
      if (i % PIECE === PIECE - 1) await otherWork();
      const said = event(column, onTrial.model_version, onTrial.roads[i]!);
      if (said !== null) (shares.has(column) ? shown : trial).push(said);
    }
    for (const [i, column] of champions.entries()) {
      if (i % PIECE === PIECE - 1) await otherWork();
      const said = foreseen === null ? null : event(column, foreseen.model_version, foreseen.roads[i]!);
      if (said === null) this.counts.unknown++;
      else shown.push(said);
    }
    await Promise.all([publish("predictions", shown), publish("trial", trial)]);
    this.counts.predicted += shown.length;
    this.counts.newest_ms = recent.at_ms;
  }

  /** Columns of the newest roads may be missing in what the model was told: those are left out. */
  #recentAt(minute: number): Float32Array {
    const all = this.#sums.recentAt(minute);
    const { columns } = this.#sums;
    if (columns === this.#bound) return all;
    const steps = all.length / columns;
    const some = new Float32Array(steps * this.#bound);
    for (let step = 0; step < steps; step++)
      some.set(all.subarray(step * columns, step * columns + this.#bound), step * this.#bound);
    return some;
  }

  /** Null where there is no model, or it failed. */
  async #ask(
    slot: Slot,
    recent: { at_ms: number; speeds: Float32Array },
    wanted: readonly number[],
  ): Promise<{ model_version: string; roads: readonly Foreseen[] } | null> {
    const { host, inService, onFailed } = this.#options;
    if (wanted.length === 0) return null;
    try {
      const { roads, took_ms } = await host.forecast(slot, recent, wanted);
      if (slot === "champion") this.counts.took_ms = took_ms;
      // Asked now, not before: one that was loaded in between has made it.
      const model_version = inService(slot);
      return model_version === null ? null : { model_version, roads };
    } catch (error) {
      await onFailed(slot, error instanceof Error ? error : new Error(String(error)));
      return null;
    }
  }
}
