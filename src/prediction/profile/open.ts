/** The historical profile, read from its file. */
import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { minutes } from "../../core/time.ts";
import { type Artefact, type ModelArray, ModelFileError } from "../artefact.ts";
import { FORECAST_SIZE, HORIZONS_MIN, LEVELS, type TrainedModel } from "../model.ts";
import { calendarOf, DAY_TYPES, HOURS, SLOTS, SLOTS_PER_HOUR } from "./calendar.ts";
import { INPUTS, SHAPE_UNIT } from "./train.ts";

const settingsSchema = z.object({
  classes: z.array(z.string()).max(limits.model_classes_max),
  roads: z.array(z.string()).max(limits.model_roads_max),
});

/** From the minute that a step is named by back to its middle, about. */
const TO_MIDDLE_MS = minutes(2);

/** @throws {ModelFileError} for other inputs, or arrays of other sizes. */
export function openProfile({ about, inputs, settings, arrays }: Artefact): TrainedModel {
  if (inputs !== INPUTS)
    throw new ModelFileError(`Its inputs are "${inputs}"; this release knows "${INPUTS}"`);
  const parsed = settingsSchema.safeParse(settings);
  if (!parsed.success) throw new ModelFileError("Its settings are not those of a profile");
  const { classes } = parsed.data;
  const column = new Map(parsed.data.roads.map((road_id, at) => [road_id, at]));
  const groups = classes.length + 1;
  const places = DAY_TYPES * HOURS;
  const sized = (name: string, length: number): ModelArray => {
    const array = arrays[name];
    if (array?.length !== length)
      throw new ModelFileError(`Its array ${name} has ${array?.length ?? 0} numbers and not ${length}`);
    return array;
  };
  const median = sized("median", parsed.data.roads.length * DAY_TYPES * SLOTS);
  const scale = sized("scale", parsed.data.roads.length * places);
  const shape = sized("shape", groups * places * LEVELS.length);
  const class_median = sized("class_median", groups * DAY_TYPES * SLOTS);
  const class_spread = sized("class_spread", groups * places * LEVELS.length);

  return {
    about,
    bind(network) {
      const { roads } = network;
      const inWeek = calendarOf(network);
      const own_of = roads.map(({ road_id }) => column.get(road_id) ?? -1);
      const group_of = roads.map(({ road_class }) => {
        const at = classes.indexOf(road_class);
        return at < 0 ? classes.length : at;
      });
      return {
        forecast({ at_ms }, wanted) {
          const out = new Float32Array(wanted.length * FORECAST_SIZE).fill(Number.NaN);
          for (const [h, horizon] of HORIZONS_MIN.entries()) {
            const { type, slot } = inWeek(at_ms + minutes(horizon) - TO_MIDDLE_MS);
            const hour = type * HOURS + Math.floor(slot / SLOTS_PER_HOUR);
            for (const [i, road] of wanted.entries()) {
              const { congested_below, speed_max } = roads[road]!;
              if (!(congested_below > 0)) continue;
              const own = own_of[road]!;
              const group = group_of[road]!;
              const at_slot = type * SLOTS + slot;
              const of_road = own < 0 ? Number.NaN : median[own * DAY_TYPES * SLOTS + at_slot]!;
              const known = !Number.isNaN(of_road);
              const point = known ? of_road : class_median[group * DAY_TYPES * SLOTS + at_slot]!;
              const spread = known ? shape : class_spread;
              const by = known ? scale[own * places + hour]! * SHAPE_UNIT : 1;
              const from = (group * places + hour) * LEVELS.length;
              const to = i * FORECAST_SIZE + h * LEVELS.length;
              for (let level = 0; level < LEVELS.length; level++) {
                const speed = (point + by * spread[from + level]!) * congested_below;
                out[to + level] = Math.max(0, Math.min(speed_max, speed));
              }
            }
          }
          return out;
        },
      };
    },
  };
}
