/**
 * Which models are in service: looks which parts they have in the store, and loads what is new while the old one goes on. A model that
 * cannot be loaded, or fails, stays out for an hour, or until there is another; without a champion persistence is fitted to the last measurements.
 */
import { limits } from "../../core/limits.ts";
import type { Clock } from "../../core/time.ts";
import type { ModelRow, ModelStore } from "../../history/models/model-store.ts";
import { noMargins } from "../distribution.ts";
import type { TrainingSet } from "../model.ts";
import type { Margins } from "../prediction.ts";
import { marginsOf } from "../stored-margins.ts";
import type { Slot } from "./messages.ts";
import type { ModelHost } from "./model-host.ts";

export interface InService {
  /** Of the champion, or `persistence`; null while there is nothing to predict with. */
  model_version: string | null;
  trial_version: string | null;
  /** What is missing, as a sentence; null where a champion is in service. */
  waits_for: string | null;
}

export interface ModelsInServiceOptions {
  store: Pick<ModelStore, "roles" | "artefact">;
  host: Pick<ModelHost, "load" | "fit" | "drop">;
  clock: Pick<Clock, "monotonic">;
  /** The measurements that persistence is fitted to; null where there are none. */
  lately: () => Promise<TrainingSet | null>;
  onWarning: (message: string) => void;
}

/** Version of what is fitted here: it is in no store. */
export const PERSISTENCE = "persistence";

interface Held {
  version: string;
  /** Its margins as JSON: other ones are another load. */
  margins: string;
}

export class ModelsInService {
  readonly #options: ModelsInServiceOptions;
  readonly #held = new Map<Slot, Held>();
  readonly #failed = new Map<Slot, { version: string; at_ms: number }>();
  #fitted_ms = -Infinity;
  #waits_for: string | null = "no model is loaded yet";

  constructor(options: ModelsInServiceOptions) {
    this.#options = options;
  }

  version(slot: Slot): string | null {
    return this.#held.get(slot)?.version ?? null;
  }

  status(): InService {
    return {
      model_version: this.version("champion"),
      trial_version: this.version("challenger"),
      waits_for:
        this.version("champion") === PERSISTENCE || this.version("champion") === null
          ? this.#waits_for
          : null,
    };
  }

  /** @throws {HistoryUnavailableError} what is loaded goes on. */
  async look(): Promise<void> {
    const { champion, challenger } = await this.#options.store.roles();
    if (champion === null || !(await this.#take("champion", champion))) await this.#persist();
    if (challenger !== null) await this.#take("challenger", challenger);
    else if (this.#held.delete("challenger")) await this.#options.host.drop("challenger");
  }

  /** A model failed while it was used: it is out for an hour, or until there is another. */
  async failed(slot: Slot, error: Error): Promise<void> {
    const version = this.version(slot);
    if (version === null) return;
    this.#held.delete(slot);
    this.#fails(slot, version);
    this.#fitted_ms = -Infinity;
    this.#options.onWarning(`Model ${version} is out of service: ${error.message}`);
    await this.#options.host.drop(slot).catch(() => {});
  }

  /** @returns Whether something other than persistence is in the slot now. */
  async #take(slot: Slot, row: ModelRow): Promise<boolean> {
    const { host, store, onWarning } = this.#options;
    const version = row.model_version;
    const margins: Margins = marginsOf(row.margins) ?? noMargins;
    const wanted: Held = { version, margins: JSON.stringify(margins) };
    const held = this.#held.get(slot);
    if (held?.version === wanted.version && held.margins === wanted.margins) return true;
    const kept = held !== undefined && held.version !== PERSISTENCE;
    if (this.#isOut(slot, version)) return kept;
    const bytes = await store.artefact(version);
    try {
      if (bytes === null) throw new Error("its file is gone");
      await host.load(slot, bytes, margins);
      this.#held.set(slot, wanted);
      return true;
    } catch (error) {
      this.#fails(slot, version);
      const goes_on = kept ? `${held.version} goes on` : "it is left out";
      onWarning(
        `Model ${version} cannot be loaded, ${goes_on}: ${error instanceof Error ? error.message : String(error)}`,
      );
      return kept;
    }
  }

  #fails(slot: Slot, version: string): void {
    this.#failed.set(slot, { version, at_ms: this.#options.clock.monotonic() });
  }

  /** Not for ever: its worker may have ended for want of memory. */
  #isOut(slot: Slot, version: string): boolean {
    const failed = this.#failed.get(slot);
    return (
      failed?.version === version && this.#options.clock.monotonic() - failed.at_ms < limits.predict_fit_ms
    );
  }

  async #persist(): Promise<void> {
    const { host, clock, lately } = this.#options;
    const held = this.#held.get("champion");
    const every_ms = held?.version === PERSISTENCE ? limits.predict_fit_ms : limits.predict_look_ms * 2;
    if (clock.monotonic() - this.#fitted_ms < every_ms) return;
    this.#fitted_ms = clock.monotonic();
    const set = await lately();
    try {
      if (set === null) throw new Error("nothing was measured yet");
      await host.fit("champion", set);
      this.#held.set("champion", { version: PERSISTENCE, margins: "" });
      this.#waits_for = "no model is trained yet: roads are taken to stay as they are";
    } catch (error) {
      this.#waits_for = `there is nothing to predict from: ${error instanceof Error ? error.message : String(error)}`;
      // What was champion and is no longer must not go on for ever.
      if (held !== undefined && held.version !== PERSISTENCE) {
        this.#held.delete("champion");
        await host.drop("champion");
      }
    }
  }
}
