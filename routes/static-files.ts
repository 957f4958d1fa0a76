/** Files that are served: only those of a list made at start. What is not in the list does not exist, whatever the path. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { matches } from "./etag.ts";
import { gzipped, takesGzip } from "./compress.ts";

export interface StaticEntry {
  /** Address: `/docs/init.js`. */
  path: string;
  /** Where it lies on disk. */
  file: string;
  /** The address names the content (it holds its hash): browsers need not ask again. */
  immutable?: boolean;
}

/** Answers a request for a listed file; null for everything else. */
export interface Statics {
  get(path: string, request: Request): Response | null;
  readonly paths: readonly string[];
}

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".geojson": "application/geo+json",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".pbf": "application/x-protobuf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};
const PACKED = new Set([".css", ".geojson", ".html", ".js", ".json", ".mjs", ".pbf", ".svg", ".txt"]);

interface Held {
  plain: Uint8Array<ArrayBuffer>;
  gzip: Uint8Array<ArrayBuffer> | null;
  etag: string;
  headers: Record<string, string>;
}

/**
 * Reads the files once and keeps them, plain and packed.
 * @throws if a file of the list cannot be read, or its ending has no media type.
 */
export async function staticFiles(entries: readonly StaticEntry[]): Promise<Statics> {
  const held = new Map<string, Held>();
  for (const entry of entries) held.set(entry.path, await hold(entry));
  return {
    paths: [...held.keys()],
    get(path, request) {
      const found = held.get(path);
      return found === undefined ? null : respond(found, request);
    },
  };
}

async function hold({ file, immutable }: StaticEntry): Promise<Held> {
  const ending = extname(file);
  const type = types[ending];
  if (type === undefined) throw new TypeError(`Cannot serve ${file}: no media type is known for "${ending}"`);
  const plain = new Uint8Array(await readFile(file));
  const gzip = PACKED.has(ending) && plain.length > 1_400 ? await gzipped(plain, 9) : null;
  const etag = `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`;
  const cache = immutable === true ? "public, max-age=31536000, immutable" : "public, no-cache";
  return {
    plain,
    gzip,
    etag,
    headers: { "content-type": type, etag, "cache-control": cache, vary: "Accept-Encoding" },
  };
}

function respond({ plain, gzip, etag, headers }: Held, request: Request): Response {
  if (matches(request.headers.get("if-none-match") ?? undefined, etag))
    return new Response(null, { status: 304, headers });
  const packed = gzip !== null && takesGzip(request.headers.get("accept-encoding") ?? undefined);
  const body = packed ? gzip : plain;
  const length = { "content-length": String(body.length) };
  return new Response(body, {
    headers: { ...headers, ...length, ...(packed ? { "content-encoding": "gzip" } : {}) },
  });
}

/** Every plain file under a folder, by name; no links, nothing hidden. */
export async function entriesUnder(dir: string, prefix: string, immutable = false): Promise<StaticEntry[]> {
  const found = await readdir(dir, { recursive: true, withFileTypes: true });
  return found
    .filter(
      (entry) => entry.isFile() && !entry.name.startsWith(".") && types[extname(entry.name)] !== undefined,
    )
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return { path: `${prefix}/${relative(dir, file).split(sep).join("/")}`, file, immutable };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
