/** Quantile networks in a model's file: weights, standardisation, profiles and statistics of roads and of their classes. */
import { z } from "zod";
import { packModel, ModelFileError, type Artefact } from "../artefact.ts";
import { DAY_KINDS, SLOTS } from "../inputs/calendar.ts";
import { INPUT_NAMES, INPUTS } from "../inputs/names.ts";
import { PROFILE_STATS, type ProfileTable } from "../inputs/profile.ts";
import { ROAD_STATS } from "../inputs/statistics.ts";
import { FORECAST_SIZE, LEVELS, type ModelAbout, type RoadNetwork } from "../model.ts";
import type { Layer } from "./layers.ts";
import type { Material } from "./material.ts";
import type { Standard } from "./standard.ts";

const settingsSchema = z.object({
  /** Sizes of the layers, inputs first. */
  sizes: z.array(z.int().min(1).max(4096)).min(2).max(8),
  nets: z.int().min(1).max(16),
  road_ids: z.array(z.string()),
  class_names: z.array(z.string()),
});

/** What a file of this kind holds. */
export interface Nets {
  road_ids: string[];
  class_names: string[];
  nets: Layer[][];
  standard: Standard;
  units: Float32Array;
  stats: Float32Array<ArrayBuffer>;
  class_stats: Float32Array<ArrayBuffer>;
  profiles: ProfileTable[];
  class_profiles: ProfileTable[];
  residuals: Float32Array;
}

export function packNets(
  about: ModelAbout,
  network: RoadNetwork,
  { units, stats, class_stats, class_names, profiles, class_profiles, residuals }: Material,
  { mean, scale }: Standard,
  nets: readonly (readonly Layer[])[],
): Uint8Array<ArrayBuffer> {
  const arrays: Record<string, Float32Array<ArrayBuffer>> = {
    mean,
    scale,
    units,
    stats,
    class_stats,
    residuals,
  };
  for (let kind = 0; kind < DAY_KINDS; kind++) {
    arrays[`profile_${kind}`] = profiles[kind]!;
    arrays[`class_profile_${kind}`] = class_profiles[kind]!;
  }
  for (const [n, layers] of nets.entries())
    for (const [i, { weights, bias }] of layers.entries()) {
      arrays[`weights_${n}_${i}`] = weights;
      arrays[`bias_${n}_${i}`] = bias;
    }
  const sizes = [INPUT_NAMES.length, ...nets[0]!.map(({ outputs }) => outputs)];
  const road_ids = network.roads.map(({ road_id }) => road_id);
  return packModel({
    about,
    inputs: INPUTS,
    settings: { sizes, nets: nets.length, road_ids, class_names },
    arrays,
  });
}

/** @throws {ModelFileError} for other inputs than these, in this order, and for arrays of other sizes. */
export function readNets({ inputs, settings, arrays }: Artefact): Nets {
  if (inputs !== INPUTS)
    throw new ModelFileError("Its inputs are others, or in another order, than this release makes");
  const read = settingsSchema.safeParse(settings);
  if (!read.success) throw new ModelFileError("Its settings are not those of a quantile network");
  const { sizes, nets, road_ids, class_names } = read.data;
  if (sizes[0] !== INPUT_NAMES.length || sizes.at(-1) !== FORECAST_SIZE)
    throw new ModelFileError("Its layers do not fit its inputs and outputs");
  const take = (name: string, length: number): Float32Array<ArrayBuffer> => {
    const array = arrays[name];
    if (!(array instanceof Float32Array) || array.length !== length)
      throw new ModelFileError(`Its array ${name} is missing or not of ${length} numbers`);
    return array;
  };
  const roads = road_ids.length;
  const classes = class_names.length + 1;
  const cells = SLOTS * PROFILE_STATS;
  const kinds = Array.from({ length: DAY_KINDS }, (_, kind) => kind);
  const layersOf = (n: number): Layer[] =>
    sizes.slice(1).map((outputs, i) => ({
      inputs: sizes[i]!,
      outputs,
      weights: take(`weights_${n}_${i}`, sizes[i]! * outputs),
      bias: take(`bias_${n}_${i}`, outputs),
    }));
  return {
    road_ids,
    class_names,
    nets: Array.from({ length: nets }, (_, n) => layersOf(n)),
    standard: { mean: take("mean", INPUT_NAMES.length), scale: take("scale", INPUT_NAMES.length) },
    units: take("units", roads),
    stats: take("stats", roads * ROAD_STATS),
    class_stats: take("class_stats", classes * ROAD_STATS),
    profiles: kinds.map((kind) => take(`profile_${kind}`, cells * roads)),
    class_profiles: kinds.map((kind) => take(`class_profile_${kind}`, cells * classes)),
    residuals: take("residuals", classes * 2 * LEVELS.length),
  };
}
