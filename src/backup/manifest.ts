/** What a backup says of itself: enough to refuse it before anything is touched, and to prove afterwards that it is whole. */
import { z } from "zod";
import { limits } from "../core/limits.ts";

/** Name under which the database notes the identities of former logs: their cursors are old, and not forged. */
export const EPOCHS_BEFORE = "log epochs before";

/** Raised when a file of this release could not be read by an older one. */
export const BACKUP_FORMAT = 1;

const identifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, "must be a plain SQL name");
const whole = z.number().int().nonnegative();
const instant = z.iso.datetime({ offset: false });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const table = z.object({
  name: identifier,
  /** In the order of the rows' fields. */
  columns: z.array(identifier).min(1),
  rows: whole,
  /** Of the binary COPY's bytes. */
  sha256,
  /** Sum of the rows' hashes, hexadecimal: the same whatever their order. */
  content: z.string().regex(/^[0-9a-f]{16}$/),
  /** Of the binary COPY, before compression. */
  plain_bytes: whole,
  /** Where its frames lie in the file. */
  offset: whole,
  bytes: whole,
});

const partition = z.object({
  parent: identifier,
  name: identifier,
  from: instant,
  to: instant,
});

export const manifestSchema = z.object({
  format: z.literal(BACKUP_FORMAT),
  /** Release of Arterial that wrote it. */
  release: z.string().min(1).max(100),
  /** When the snapshot was taken, UTC. */
  created_at: instant,
  city: z.string().min(1).max(200),
  /** Migrations that the database had, in order. */
  migrations: z.array(z.object({ version: whole, name: z.string().min(1).max(200) })).min(1),
  /** Identity of the embedded log that was left behind, and those before it. */
  epochs: z.array(z.string().min(1).max(200)).min(1).max(limits.backup_epochs_max),
  /** Events of the embedded log that history had not stored yet: they are in the backup too. */
  unread_events: whole,
  /** Every table, in an order in which they can be filled. */
  tables: z.array(table).max(limits.backup_tables_max),
  partitions: z.array(partition).max(limits.backup_partitions_max),
  sequences: z.array(z.object({ name: identifier, value: z.number().int(), called: z.boolean() })).max(1_000),
  /** Where history stood, and its ledger, for people: the table `offsets` is in the backup as well. */
  ledger: z.array(
    z.object({
      stream: z.string(),
      partition: whole,
      next_offset: whole,
      consumed: whole,
      stored: whole,
      duplicate: whole,
      dead: whole,
    }),
  ),
});

export type Manifest = z.output<typeof manifestSchema>;
export type BackedTable = Manifest["tables"][number];
export type BackedPartition = Manifest["partitions"][number];

/** A backup that cannot be used: cut off, changed, of a newer release. One sentence. */
export class BackupError extends Error {
  override name = "BackupError";
}
