/** The archive in a bucket of any S3; the one file that knows Bun's client. An object of S3 is there whole, or not at all. */
import { setTimeout as delay } from "node:timers/promises";
import { S3Client } from "bun";
import { limits } from "../core/limits.ts";
import { ArchiveError, type ArchiveTarget } from "./target.ts";

export interface S3Options {
  bucket: string;
  /** Without slashes at its ends; may be empty. */
  prefix: string;
  endpoint?: string | undefined;
  region?: string | undefined;
  access_key_id?: string | undefined;
  secret_access_key?: string | undefined;
  /** For tests: how long one call may take, and the first wait before it is tried again. */
  call_ms_max?: number;
  /** Keys of one page of a list. */
  page_keys?: number;
  again_ms?: number;
}

/** What trying again does not mend, and what does. */
const REFUSALS: Readonly<Record<string, string>> = {
  NoSuchBucket: "there is no such bucket; make it, or name another in ARCHIVE",
  InvalidAccessKeyId: "it does not know this key; mend S3_ACCESS_KEY_ID",
  SignatureDoesNotMatch: "the secret is not this key's; mend S3_SECRET_ACCESS_KEY",
  AccessDenied: "this key may not; give it the right to read, write, list and delete there",
  PermanentRedirect: "the bucket is elsewhere; mend S3_REGION or S3_ENDPOINT",
  AuthorizationHeaderMalformed: "the bucket is of another region; mend S3_REGION",
  ERR_S3_MISSING_CREDENTIALS: "no key is set; set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY",
  ERR_S3_INVALID_ENDPOINT: "S3_ENDPOINT is no address",
};
const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
};
const NONE = /^(NoSuchKey|NotFound|ENOENT|404)$/;

export function s3Target(options: S3Options): ArchiveTarget {
  const { bucket, prefix } = options;
  const client = new S3Client({
    bucket,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.access_key_id === undefined ? {} : { accessKeyId: options.access_key_id }),
    ...(options.secret_access_key === undefined ? {} : { secretAccessKey: options.secret_access_key }),
  });
  const location = `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`;
  const root = prefix === "" ? "" : `${prefix}/`;
  const call_ms_max = options.call_ms_max ?? limits.archive_call_ms_max;

  /** One call in time, tried again where that may help. */
  async function call<T>(
    verb: string,
    path: string,
    work: () => Promise<T>,
    { ms = call_ms_max, attempts = limits.archive_attempts_max }: { ms?: number; attempts?: number } = {},
  ): Promise<T> {
    for (let failed = 1; ; failed++) {
      try {
        return await inTime(work(), ms);
      } catch (error) {
        const code = codeOf(error);
        const refused = REFUSALS[code];
        if (refused === undefined && !NONE.test(code) && failed < attempts) {
          await delay((options.again_ms ?? 500) * 2 ** (failed - 1));
          continue;
        }
        const message = (error as Error).message;
        const reason = refused ?? (code === "" || message.includes(code) ? message : `${message} (${code})`);
        throw new ArchiveError(`Cannot ${verb} ${location}/${path}: ${reason}`, {
          cause: error,
          away: refused === undefined && !NONE.test(code),
        });
      }
    }
  }

  async function put(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await call("write", path, () => client.write(root + path, bytes));
  }
  async function remove(path: string): Promise<void> {
    await call("remove", path, () => client.delete(root + path));
  }

  return {
    location,
    put,
    remove,
    async check() {
      const path = `${root}.arterial`;
      const once = { ms: Math.min(call_ms_max, limits.archive_check_ms_max), attempts: 1 };
      await call("write", ".arterial", () => client.write(path, new Uint8Array(1)), once);
      await call("remove", ".arterial", () => client.delete(path), once);
    },
    async get(path) {
      try {
        return await call(
          "read",
          path,
          async () => new Uint8Array(await client.file(root + path).arrayBuffer()),
        );
      } catch (error) {
        if (NONE.test(codeOf((error as ArchiveError).cause))) return null;
        throw error;
      }
    },
    async list(folder) {
      const paths: string[] = [];
      for (let token: string | undefined; ;) {
        const page = await call("list", folder, () =>
          client.list({
            prefix: root + folder,
            maxKeys: options.page_keys ?? 1_000,
            ...(token === undefined ? {} : { continuationToken: token }),
          }),
        );
        for (const { key } of page.contents ?? []) paths.push(key.slice(root.length));
        token = page.isTruncated === true ? page.nextContinuationToken : undefined;
        if (token === undefined) return paths.sort();
      }
    },
  };
}

/** The client has no deadline of its own: a call that hangs is left to itself. */
async function inTime<T>(work: Promise<T>, call_ms_max: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${call_ms_max} ms`)), call_ms_max);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
