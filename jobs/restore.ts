/** The restore of a backup as it is listed and asked for; `src/restore.ts` does it, with no Arterial on the database. */
import type { Job } from "./job.ts";
import { ConfigError } from "../src/core/errors.ts";
import { days } from "../src/core/time.ts";

export const restore = (): Job => ({
  name: "restore",
  label: "Restore",
  doc: "Restores a backup into an empty database, or with --replace in place of what is there. No Arterial may run on it.",
  schedule: null,
  longest_ms: days(2),
  command_only: true,
  flags: {
    from: {
      kind: "text",
      usual: "the newest of BACKUP",
      doc: "a file, a folder or s3://bucket/prefix of backups, or one in it",
    },
    into: {
      kind: "text",
      usual: "DATABASE_URL, else DATA_DIR",
      doc: "address of a database, or a data folder",
    },
    replace: { kind: "yes", doc: "give up what the database holds" },
  },
  run: async () => {
    throw new ConfigError("restore is a command of its own: stop Arterial, then bun run job restore");
  },
});
