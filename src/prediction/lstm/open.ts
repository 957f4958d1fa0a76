/** The papers' LSTM, read from its file. */
import { z } from "zod";
import { type Artefact, ModelFileError } from "../artefact.ts";
import { FORECAST_SIZE, HORIZONS_MIN, LEVELS, RECENT_STEPS, type TrainedModel } from "../model.ts";
import { openPaperNet, PARAMETERS } from "./tensorflow.ts";
import { INPUTS } from "./train.ts";
import { windowOf } from "./window.ts";

const settingsSchema = z.object({ mean: z.number(), deviation: z.number().positive() });
const H = HORIZONS_MIN.length;

/** @throws {ModelFileError} for other inputs, or arrays of other sizes. */
export async function openLstm({ about, inputs, settings, arrays }: Artefact): Promise<TrainedModel> {
  if (inputs !== INPUTS)
    throw new ModelFileError(`Its inputs are "${inputs}"; this release knows "${INPUTS}"`);
  const scaling = settingsSchema.safeParse(settings);
  const { parameters, spread } = arrays;
  if (!scaling.success) throw new ModelFileError("Its settings are not those of an LSTM");
  if (!(parameters instanceof Float32Array) || parameters.length !== PARAMETERS)
    throw new ModelFileError(`It has ${parameters?.length ?? 0} parameters and not ${PARAMETERS}`);
  if (spread?.length !== 2 * H * LEVELS.length)
    throw new ModelFileError(
      `Its array spread has ${spread?.length ?? 0} numbers and not ${2 * H * LEVELS.length}`,
    );
  const net = await openPaperNet(about.seed, parameters);
  const { mean, deviation } = scaling.data;

  return {
    about,
    bind: ({ roads }) => ({
      forecast({ speeds }, wanted) {
        const out = new Float32Array(wanted.length * FORECAST_SIZE).fill(Number.NaN);
        const windows = new Float32Array(wanted.length * RECENT_STEPS);
        const known = wanted.filter((road, i) => {
          const { speed_max, congested_below } = roads[road]!;
          const facts = { speed_max, mean, deviation };
          const enough = windowOf(
            speeds,
            roads.length,
            road,
            RECENT_STEPS - 1,
            facts,
            windows,
            i * RECENT_STEPS,
          );
          if (!enough || !(congested_below > 0)) windows[i * RECENT_STEPS] = Number.NaN;
          return !Number.isNaN(windows[i * RECENT_STEPS]!);
        });
        if (known.length === 0) return out;
        const asked = windows.map((value) => (Number.isNaN(value) ? 0 : value));
        const said = net.predict(asked);
        for (const [i, road] of wanted.entries()) {
          if (Number.isNaN(windows[i * RECENT_STEPS]!)) continue;
          const { speed_max, congested_below } = roads[road]!;
          const now = windows[(i + 1) * RECENT_STEPS - 1]! * deviation + mean;
          const regime = now < congested_below ? 1 : 0;
          for (let h = 0; h < H; h++) {
            const point = said[i * H + h]! * deviation + mean;
            for (let level = 0; level < LEVELS.length; level++) {
              const speed = point + spread[(regime * H + h) * LEVELS.length + level]!;
              out[i * FORECAST_SIZE + h * LEVELS.length + level] = Math.max(0, Math.min(speed_max, speed));
            }
          }
        }
        return out;
      },
    }),
  };
}
