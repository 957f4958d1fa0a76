/** Styles and scripts of the pages, from our own files only: no address of another host is ever asked. */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";
import { fixed, hashOf, sendFixed, type Fixed } from "./fixed.ts";

const PUBLIC = join(import.meta.dir, "..", "public");

/** Libraries as they come, by the name under which pages ask for them. MapLibre finds its worker beside itself. */
const VENDOR: Readonly<Record<string, string>> = {
  "htmx.min.js": "htmx.org/dist/htmx.min.js",
  "hx-sse.min.js": "htmx.org/dist/ext/hx-sse.min.js",
  "maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
  "maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
  "maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
  "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
  "swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
};

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

export type Folder = ReadonlyMap<string, Fixed>;

const typeOf = (name: string): string => TYPES[extname(name)] ?? "application/octet-stream";

/** Plain files of a kind that pages use, by their path in it; no links, nothing hidden. What comes later does not exist. */
export function folderOf(dir: string): Folder {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith(".") && extname(entry.name) in TYPES)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return new Map(
    files.map((file) => [relative(dir, file).split(sep).join("/"), fixed(readFileSync(file), typeOf(file))]),
  );
}

const vendorFolder = (): Folder =>
  new Map(
    Object.entries(VENDOR).map(([name, from]) => [
      name,
      fixed(readFileSync(fileURLToPath(import.meta.resolve(from))), typeOf(name)),
    ]),
  );

/** One hash for a folder: modules name each other by relative addresses, so all must change together. */
const addressOf = (name: string, folder: Folder): string =>
  `/${name}/${hashOf(...[...folder].flatMap(([file, { bytes }]) => [file, bytes]))}`;

/** A folder under `/{name}/{hash}/`. */
export function folderRoutes(name: string, folder: Folder): { app: Hono; address: string } {
  const address = addressOf(name, folder);
  const app = new Hono().get(`/${name}/:hash/:file{.+}`, (c) => {
    const file = folder.get(c.req.param("file"));
    // A page of an earlier release may ask by its old hash: it gets the file, but must not keep it.
    return file === undefined ? c.notFound() : sendFixed(c, file, c.req.path.startsWith(`${address}/`));
  });
  return { app, address };
}

export interface AssetRoutes {
  app: Hono;
  /** Addresses to put before a file's name. */
  own: string;
  vendor: string;
}

let read: AssetRoutes | null = null;

/** The files are read once for the whole process, at the first call; a changed file needs a restart. */
export function assetRoutes(): AssetRoutes {
  if (read !== null) return read;
  const own = folderRoutes("assets", folderOf(PUBLIC));
  const vendor = folderRoutes("vendor", vendorFolder());
  const app = new Hono().route("/", own.app).route("/", vendor.app);
  return (read = { app, own: own.address, vendor: vendor.address });
}
