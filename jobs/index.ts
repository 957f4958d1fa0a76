/** The jobs: a new one is a short file beside this one, named in the list. `docs/jobs.md` tells how. */
import { archive } from "./archive.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";
import { restoreArchive } from "./restore-archive.ts";
import { retention } from "./retention.ts";
import { seedByHand } from "./seed-by-hand.ts";

const makers: readonly ((deps: JobDeps) => Job)[] = [retention, archive, restoreArchive, seedByHand];

/** In the order in which they are listed. */
export const jobsOf = (deps: JobDeps): readonly Job[] => makers.map((make) => make(deps));
