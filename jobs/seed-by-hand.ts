/** More of the simulator's past, for a demo city: a job that is run by hand. */
import { seedHistory } from "./seed-history.ts";
import { spanOf } from "./seed-plan.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";
import { behindOf } from "../src/batch/behind.ts";
import { days, hours, minutes } from "../src/core/time.ts";

/** Events in the log that history has not stored: above it, the past waits. */
const BEHIND_MAX = 200_000;
const LOOK_MS = 500;

export const seedByHand = ({ makers, door, history, log }: JobDeps): Job => ({
  name: "seed-history",
  label: "Simulated past",
  doc: "Writes the simulator's past of the demo city, marked backfill. Events have the same ids each time: what the raw rows still hold is not counted twice.",
  schedule: null,
  longest_ms: days(1),
  command_only: true,
  flags: {
    days: { kind: "whole", usual: 1, least: 1, most: 366, doc: "how many days before now" },
    step: {
      kind: "whole",
      usual: 5,
      least: 1,
      most: 60,
      doc: "minutes between two events of a road or sensor",
    },
    rate: { kind: "whole", usual: 25_000, least: 100, most: 1_000_000, doc: "events per second at most" },
  },
  async run({ flags, clock, signal, progress }) {
    const all = makers();
    const to_ms = clock.now();
    const span = { from_ms: to_ms - hours(24 * Number(flags["days"])), to_ms };
    for (const maker of all) await history.ensurePartitions(maker.stream, ...spanOf(maker, span));
    let behind = 0;
    const look = setInterval(() => {
      Promise.all(all.map(({ stream }) => behindOf(log, history, stream))).then(
        (n) => (behind = n.reduce((a, b) => a + b, 0)),
        () => (behind = Infinity),
      );
    }, LOOK_MS);
    try {
      const written = await seedHistory({
        makers: all,
        door,
        clock,
        signal,
        ...span,
        step_ms: minutes(Number(flags["step"])),
        rate_events_per_s: Number(flags["rate"]),
        lag: () => (behind > BEHIND_MAX ? Infinity : 0),
        onProgress: ({ done, total, eta_s }) => progress(done, total, `events, ${Math.ceil(eta_s)} s to go`),
      });
      signal.throwIfAborted();
      return { events: written };
    } finally {
      clearInterval(look);
    }
  },
});
