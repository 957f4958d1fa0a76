/** The archive as the configuration names it. */
import { resolve } from "node:path";
import { ConfigError } from "../core/errors.ts";
import { folderTarget } from "./folder-target.ts";
import { s3Target } from "./s3-target.ts";
import { ArchiveError, type ArchiveTarget } from "./target.ts";

export interface ArchiveSettings {
  S3_ENDPOINT?: string | undefined;
  S3_REGION?: string | undefined;
  S3_ACCESS_KEY_ID?: string | undefined;
  S3_SECRET_ACCESS_KEY?: string | undefined;
}

/** `s3://bucket` or `s3://bucket/prefix`, with bucket names as S3 has them. */
const S3 = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[^/]+)*)\/?$/;

export const isArchiveLocation = (location: string): boolean =>
  location.startsWith("s3:") ? S3.test(location) : !location.includes("://");

/** @throws {ConfigError} for a location that is none. */
export function openTarget(location: string, settings: ArchiveSettings): ArchiveTarget {
  if (!location.startsWith("s3:")) return folderTarget(resolve(location));
  const match = S3.exec(location);
  if (match === null)
    throw new ConfigError(`"${location}" is no archive: it must be a folder or s3://bucket/prefix`);
  return s3Target({
    bucket: match[1]!,
    prefix: match[2]!.slice(1),
    endpoint: settings.S3_ENDPOINT,
    region: settings.S3_REGION,
    access_key_id: settings.S3_ACCESS_KEY_ID,
    secret_access_key: settings.S3_SECRET_ACCESS_KEY,
  });
}

/**
 * Looks, at start, whether the archive can be written. A server that is away is waited for by the job itself.
 *
 * @throws {ConfigError} in one sentence that names ARCHIVE.
 */
export async function checkTarget(target: ArchiveTarget, onAway: (message: string) => void): Promise<void> {
  try {
    await target.check();
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    if (error.away) return onAway(error.message);
    throw new ConfigError(`ARCHIVE is "${target.location}", which cannot be written: ${error.message}`);
  }
}
