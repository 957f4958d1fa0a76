/** The jobs: a new one is a short file beside this one, named in the list. `docs/jobs.md` tells how. */
import { archive } from "./archive.ts";
import { audit } from "./audit.ts";
import { backfill } from "./backfill.ts";
import { backup } from "./backup.ts";
import { calibrate } from "./calibrate.ts";
import { dataQuality } from "./data-quality.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";
import { episodes } from "./episodes.ts";
import { forecastAir } from "./forecast-air.ts";
import { judgeModels } from "./judge-models.ts";
import { lateData } from "./late-data.ts";
import { peakHours } from "./peak-hours.ts";
import { profiles } from "./profiles.ts";
import { recount } from "./recount.ts";
import { refreshDaily } from "./refresh-daily.ts";
import { refreshHourly } from "./refresh-hourly.ts";
import { restoreArchive } from "./restore-archive.ts";
import { restore } from "./restore.ts";
import { retention } from "./retention.ts";
import { rollBackModel } from "./roll-back-model.ts";
import { scorePredictions } from "./score-predictions.ts";
import { seedByHand } from "./seed-by-hand.ts";
import { train } from "./train.ts";

const makers: readonly ((deps: JobDeps) => Job)[] = [
  refreshHourly,
  refreshDaily,
  peakHours,
  lateData,
  episodes,
  profiles,
  forecastAir,
  audit,
  dataQuality,
  scorePredictions,
  calibrate,
  train,
  judgeModels,
  rollBackModel,
  recount,
  backfill,
  retention,
  archive,
  restoreArchive,
  backup,
  restore,
  seedByHand,
];

/** In the order in which they are listed. */
export const jobsOf = (deps: JobDeps): readonly Job[] => makers.map((make) => make(deps));
