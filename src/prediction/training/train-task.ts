/**
 * A training, run in a worker. It learns from the first four fifths of the time and is judged on the last; what is kept then learns
 * again, from all of it: the newest days are worth more than any others, and its twin has said what it is worth without having seen them.
 */
import { setPriority } from "node:os";
import { limits } from "../../core/limits.ts";
import { STEP_MS, type SpeedMatrix } from "../../core/speed-matrix.ts";
import { serve } from "../../work/serve.ts";
import { marginsFrom } from "../margins.ts";
import { TrainingError } from "../model.ts";
import type { Forecaster, TrainingOptions, TrainingProgress, TrainingSet } from "../model.ts";
import { measuredRoads, networkOf } from "../network-of.ts";
import { openModel } from "../open-model.ts";
import { unsound } from "./champion-rule.ts";
import { type Asked, type HeldOut, judgeHeldOut } from "./held-out.ts";
import { trainOf, type TrainedWith } from "./kinds.ts";
import type { ChampionThen, TooLittle, TrainTaskInput, TrainTaskResult, TrainTaskSays } from "./messages.ts";
import type { Verdict } from "./verdict.ts";

/** Share of the time that is learnt from before it is judged on the rest. */
const LEARNT_SHARE = 0.8;
/** Shares of the work: learning, judging, learning again. */
const LEARNT = 0.4;
const JUDGED = 0.5;
/** Three hours: of 5,000 roads some seconds. */
const CHECKED_STEPS = 36;
/** Of a short training. */
const PASSES_MIN = 3;
const PASSES_MAX = 24;
/** Behind all that people wait for. */
const PRIORITY = 10;

type Say = (says: TrainTaskSays) => Promise<unknown>;

serve(async (input, ask) => {
  // Of this thread alone, on Linux; elsewhere it may be refused.
  try {
    if (process.platform === "linux") setPriority(0, PRIORITY);
  } catch {
    // Then it is as quick as all else.
  }
  return trainAndJudge(input as TrainTaskInput, ask);
});

async function trainAndJudge(input: TrainTaskInput, say: Say): Promise<TrainTaskResult | TooLittle> {
  const { matrix, city, places, kind, seed, rows, champion } = input;
  const { cells, roads_n } = measuredIn(matrix);
  const least = (limits.train_hours_min * 3_600_000) / STEP_MS;
  if (cells < least)
    return {
      too_little: `there are ${cells} means of five minutes; ${least} at least, ${limits.train_hours_min} hours of one road, are wanted`,
    };
  const set: TrainingSet = { matrix, network: networkOf(city, measuredRoads(city, matrix, places)) };
  const split: Split = { set, seed, split_step: Math.floor(matrix.steps * LEARNT_SHARE) };
  const train = await trainOf(kind);
  const learnt = firstSteps(set, split.split_step);
  const how = (doing: string, from: number, to: number): TrainedWith => ({
    ...(rows === null ? {} : passesOf(rows, cells)),
    ...options(seed, doing, from, to, say),
  });
  const twin = await train(learnt, how("learns from the first four fifths", 0, LEARNT));
  const twinBound = await bound(twin, set);
  const verdict = await judge(split, learnt, twinBound, champion, say);
  // Of four weeks some hundred MB are garbage by now, which would stand beside what the second begins with.
  Bun.gc(true);
  const artefact = await train(set, how("learns from all", JUDGED, 1));
  await check(set, await bound(artefact, set), twinBound);
  return { artefact, roads_n, ...verdict };
}

/** Three passes at least: fewer teach nothing; no more than help with little data. */
function passesOf(rows: number, cells: number): Pick<TrainedWith, "passes" | "rows_max"> {
  const rows_max = Math.ceil(rows / PASSES_MIN);
  const passes = Math.round(rows / Math.max(1, Math.min(cells, rows_max)));
  return { rows_max, passes: Math.min(PASSES_MAX, Math.max(PASSES_MIN, passes)) };
}

interface Split {
  set: TrainingSet;
  seed: number;
  /** Origins from this step on are held out. */
  split_step: number;
}

function measuredIn({ keys, speeds }: SpeedMatrix): { cells: number; roads_n: number } {
  const roads = new Uint8Array(keys.length);
  let cells = 0;
  for (let at = 0; at < speeds.length; at++) {
    if (Number.isNaN(speeds[at]!)) continue;
    cells++;
    roads[at % keys.length] = 1;
  }
  return { cells, roads_n: roads.reduce((sum, one) => sum + one, 0) };
}

async function judge(
  { set, seed, split_step }: Split,
  learnt: TrainingSet,
  own: Forecaster,
  champion: ChampionThen | null,
  say: Say,
): Promise<Pick<TrainTaskResult, "verdict" | "margins">> {
  const quietly = async (train: ReturnType<typeof trainOf>): Promise<Forecaster> =>
    bound(await (await train)(learnt, { seed }), set);
  const persistence = await quietly(trainOf("persistence"));
  // A day is no week: then there is no profile to be better than.
  const profile = await quietly(trainOf("profile")).catch((error: unknown) => {
    if (error instanceof TrainingError) return null;
    throw error;
  });
  const onProgress = (from: number, to: number) => (done: number) =>
    say({
      doing: "judges on the last fifth",
      done: from + done * (to - from),
      loss: null,
      held_out_loss: null,
    });
  const middle = champion === null ? JUDGED : (LEARNT + JUDGED) / 2;
  const all = await judgeHeldOut({
    set,
    from_step: split_step,
    models: [shownOf(own), medianOf(persistence), ...(profile === null ? [] : [medianOf(profile)])],
    onProgress: async (done) => void (await onProgress(LEARNT, middle)(done)),
  });
  const { from_ms, steps } = set.matrix;
  const verdict: Verdict = {
    judged_from_ms: from_ms + split_step * STEP_MS,
    judged_to_ms: from_ms + steps * STEP_MS,
    origins_n: all.origins_n,
    learnt_to_ms: from_ms + split_step * STEP_MS,
    own: all.figures[0]!,
    persistence: all.figures[1]!,
    profile: all.figures[2] ?? null,
    champion: null,
  };
  if (champion !== null)
    verdict.champion = await against(champion, { set, split_step }, own, onProgress(middle, JUDGED));
  return { verdict, margins: marginsFrom(all.judged) };
}

/** What is kept was judged by its twin's figures: on the newest hours each says of itself whether they are its own. */
async function check(set: TrainingSet, again: Forecaster, twin: Forecaster): Promise<void> {
  const of = (forecaster: Forecaster): Promise<HeldOut> =>
    judgeHeldOut({
      set,
      from_step: Math.max(0, set.matrix.steps - CHECKED_STEPS),
      models: [shownOf(forecaster)],
    });
  const fault = unsound((await of(again)).figures[0]!, (await of(twin)).figures[0]!);
  if (fault !== null) throw new TrainingError(fault);
}

/** On steps that the champion has not learnt from either. */
async function against(
  champion: ChampionThen,
  { set, split_step }: Pick<Split, "set" | "split_step">,
  own: Forecaster,
  onProgress: (done: number) => Promise<unknown>,
): Promise<Verdict["champion"]> {
  const { model_version, bytes, trained_to_ms } = champion;
  let theirs: Forecaster;
  try {
    theirs = await bound(bytes, set);
  } catch (error) {
    return { model_version, on_unseen: null, fault: error instanceof Error ? error.message : String(error) };
  }
  const { from_ms, steps } = set.matrix;
  const from_step = Math.max(split_step, Math.ceil((trained_to_ms - from_ms) / STEP_MS));
  if (from_step >= steps) return { model_version, on_unseen: null, fault: null };
  const { figures, origins_n } = await judgeHeldOut({
    set,
    from_step,
    models: [shownOf(own), shownOf(theirs)],
    onProgress: async (done) => void (await onProgress(done)),
  });
  const [mine, others] = figures;
  const some = origins_n > 0 && mine!.every(({ n }) => n > 0);
  return {
    model_version,
    fault: null,
    on_unseen: some ? { from_ms: from_ms + from_step * STEP_MS, own: mine!, champion: others! } : null,
  };
}

const shownOf = (forecaster: Forecaster): Asked => ({ forecaster, point: "shown" });
const medianOf = (forecaster: Forecaster): Asked => ({ forecaster, point: "median" });

const bound = async (bytes: Uint8Array, { network }: TrainingSet): Promise<Forecaster> =>
  (await openModel(bytes)).bind(network);

const firstSteps = ({ network, matrix }: TrainingSet, steps: number): TrainingSet => ({
  network,
  matrix: { ...matrix, steps, speeds: matrix.speeds.subarray(0, steps * matrix.keys.length) },
});

const options = (seed: number, doing: string, from: number, to: number, say: Say): TrainingOptions => ({
  seed,
  onProgress: async ({ pass, passes, done, loss, held_out_loss }: TrainingProgress) => {
    await say({
      doing: passes > 1 ? `${doing}, pass ${pass + 1} of ${passes}` : doing,
      done: from + done * (to - from),
      loss,
      held_out_loss,
    });
  },
});
