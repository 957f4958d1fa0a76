/** `_manifest.json` of a day: what there is of it, written last. A day without one was never finished. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { ArchiveError } from "./target.ts";

export const MANIFEST = "_manifest.json";

/** Hive's layout, which DuckDB, Spark and pandas read as columns `stream` and `date`. Days are UTC's. */
export const dayFolder = (stream: string, day: string): string => `stream=${stream}/date=${day}/`;
export const partName = (n: number): string => `part-${n}.parquet`;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const whole = z.number().int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.iso.datetime();

const manifest = z.object({
  format: z.literal(1),
  stream: z.string(),
  date: z.string().regex(DAY),
  /** Release of Arterial that wrote it. */
  release: z.string(),
  city: z.string(),
  written_at: instant,
  rows: whole,
  bytes: whole,
  first_event_time: instant,
  last_event_time: instant,
  parts: z
    .array(
      z.object({
        file: z.string().regex(/^part-\d{1,9}\.parquet$/),
        rows: whole,
        bytes: whole,
        sha256,
        first_event_time: instant,
        last_event_time: instant,
      }),
    )
    .min(1)
    .max(limits.archive_parts_max),
  /** Name of the key's column. */
  key: z.string(),
  columns: z.array(
    z.object({ name: z.string(), kind: z.string(), nullable: z.boolean(), unit: z.string().optional() }),
  ),
});

export type Manifest = z.output<typeof manifest>;
export type ManifestPart = Manifest["parts"][number];

export const manifestBytes = (of: Manifest): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`${JSON.stringify(of, null, 2)}\n`);

/** @throws {ArchiveError} naming the file. */
export function readManifest(path: string, bytes: Uint8Array): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ArchiveError(`${path} is no manifest: ${(error as Error).message}`, { cause: error });
  }
  const read = manifest.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new ArchiveError(`${path} is no manifest of ours: ${issue!.path.join(".")}: ${issue!.message}`);
  }
  const sum = read.data.parts.reduce((n, part) => n + part.rows, 0);
  if (sum !== read.data.rows)
    throw new ArchiveError(`${path} says ${read.data.rows} rows, but its parts have ${sum}`);
  return read.data;
}

export const sha256Of = (bytes: Uint8Array): string =>
  new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/** @throws {ArchiveError} naming the file, what was expected and what was found. */
export function checkPart(
  path: string,
  part: ManifestPart,
  bytes: Uint8Array<ArrayBuffer> | null,
): Uint8Array<ArrayBuffer> {
  if (bytes === null) throw new ArchiveError(`${path} is missing: its manifest says ${part.bytes} bytes`);
  if (bytes.length !== part.bytes)
    throw new ArchiveError(`${path} has ${bytes.length} bytes, but its manifest says ${part.bytes}`);
  const found = sha256Of(bytes);
  if (found !== part.sha256)
    throw new ArchiveError(
      `${path} was altered: its SHA-256 is ${found}, but its manifest says ${part.sha256}`,
    );
  return bytes;
}
