/** A copy of the whole database in one file, every night: written, read back, and the oldest let go. `docs/backup.md` */
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";
import { keepBackup } from "../src/backup/keep.ts";
import { hours } from "../src/core/time.ts";
import { DEAD_LETTERS_TOPIC } from "../src/sources/door.ts";

export const backup = ({ backups, streams, city }: JobDeps): Job => ({
  name: "backup",
  label: "Backup",
  doc: `Copies the whole database into one file, reads it back, and keeps the newest ${backups.keep}.`,
  schedule: "0 3 * * *",
  longest_ms: hours(6),
  flags: {
    rest: {
      kind: "whole",
      usual: 30,
      least: 0,
      most: 90,
      doc: "share of the time that is left to others, percent",
    },
  },
  async run({ clock, flags, signal, progress }) {
    const kept = await keepBackup({
      place: backups.place(),
      keep: backups.keep,
      url: backups.url(),
      release: backups.release,
      city: city.name,
      topics: [
        ...streams.map(({ topic, name }) => ({ topic, stream: name })),
        { topic: DEAD_LETTERS_TOPIC, stream: DEAD_LETTERS_TOPIC },
      ],
      clock,
      signal,
      rest: Number(flags["rest"]) / 100,
      onProgress: ({ step, table, rows, bytes }) =>
        progress(
          bytes,
          null,
          `bytes; ${step === "write" ? "writing" : "reading back"} ${table}, ${rows.toLocaleString("en-US")} rows`,
        ),
    });
    return {
      rows: kept.rows,
      bytes: kept.bytes,
      unread_events: kept.manifest.unread_events,
      removed: kept.removed.length,
      words: `${kept.name}: ${kept.rows.toLocaleString("en-US")} rows, ${(kept.bytes / 1_000_000).toFixed(1)} MB, read back and whole`,
    };
  },
});
