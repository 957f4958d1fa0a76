/** Persistence, read from its file. */
import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { type Artefact, ModelFileError } from "../artefact.ts";
import { FORECAST_SIZE, HORIZONS_MIN, LEVELS, type TrainedModel } from "../model.ts";
import { CELLS, momentOf, ROWS_BACK } from "./moment.ts";
import { INPUTS, LEADS } from "./train.ts";

const settingsSchema = z.object({ classes: z.array(z.string()).max(limits.model_classes_max) });

/** @throws {ModelFileError} for other inputs, or a table of another size. */
export function openPersistence({ about, inputs, settings, arrays }: Artefact): TrainedModel {
  if (inputs !== INPUTS)
    throw new ModelFileError(`Its inputs are "${inputs}"; this release knows "${INPUTS}"`);
  const parsed = settingsSchema.safeParse(settings);
  const table = arrays["table"];
  const size = CELLS * LEADS.length * LEVELS.length;
  if (!parsed.success || table?.length !== (parsed.data.classes.length + 1) * size)
    throw new ModelFileError("Its table is not as large as its classes ask for");
  const { classes } = parsed.data;

  return {
    about,
    bind({ roads }) {
      // The last table is that of a class never seen.
      const class_of = roads.map(({ road_class }) => {
        const at = classes.indexOf(road_class);
        return at < 0 ? classes.length : at;
      });
      return {
        forecast({ speeds }, wanted) {
          const out = new Float32Array(wanted.length * FORECAST_SIZE).fill(Number.NaN);
          for (const [i, road] of wanted.entries()) {
            const facts = roads[road]!;
            if (!(facts.congested_below > 0)) continue;
            const moment = momentOf(speeds, roads.length, road, ROWS_BACK, ROWS_BACK, facts);
            if (moment === null) continue;
            for (let h = 0; h < HORIZONS_MIN.length; h++) {
              // A speed of some minutes ago had longer to change.
              const lead = moment.age === 0 ? h : h + 1;
              const from = ((class_of[road]! * CELLS + moment.cell) * LEADS.length + lead) * LEVELS.length;
              const to = i * FORECAST_SIZE + h * LEVELS.length;
              for (let level = 0; level < LEVELS.length; level++) {
                const speed = moment.speed + table[from + level]! * facts.congested_below;
                out[to + level] = Math.max(0, Math.min(facts.speed_max, speed));
              }
            }
          }
          return out;
        },
      };
    },
  };
}
