/** Styles and scripts of the pages, from our own files only: no address of another host is ever asked. */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";
import { fixed, hashOf, sendFixed, type Fixed } from "./pages-fixed.ts";

const PUBLIC = join(import.meta.dir, "..", "public");

/** Libraries as they come, by the name under which pages ask for them. MapLibre finds its worker beside itself. */
const VENDOR: Readonly<Record<string, string>> = {
  "htmx.min.js": "htmx.org/dist/htmx.min.js",
  "hx-sse.min.js": "htmx.org/dist/ext/hx-sse.min.js",
  "maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
  "maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
  "maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
};

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

type Folder = ReadonlyMap<string, Fixed>;

const typeOf = (name: string): string => TYPES[extname(name)] ?? "application/octet-stream";

/** The served files of public/: what pages use; documents have routes of their own. */
function ownFolder(): Folder {
  const names = readdirSync(PUBLIC, { recursive: true, encoding: "utf8" }).map((name) =>
    name.replaceAll("\\", "/"),
  );
  return new Map(
    names
      .filter((name) => extname(name) in TYPES && !name.startsWith("docs/"))
      .sort()
      .map((name) => [name, fixed(readFileSync(join(PUBLIC, name)), typeOf(name))] as const),
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
const hashOfFolder = (folder: Folder): string =>
  hashOf(...[...folder].flatMap(([name, file]) => [name, file.bytes]));

export interface AssetRoutes {
  app: Hono;
  /** Addresses to put before a file's name. */
  own: string;
  vendor: string;
}

/** Reads all files once; a changed file needs a restart. */
export function assetRoutes(): AssetRoutes {
  const folders = { assets: ownFolder(), vendor: vendorFolder() };
  const own = `/assets/${hashOfFolder(folders.assets)}`;
  const vendor = `/vendor/${hashOfFolder(folders.vendor)}`;
  const app = new Hono();
  for (const [folder, files] of Object.entries(folders)) {
    app.get(`/${folder}/:hash/:name{.+}`, (c) => {
      const file = files.get(c.req.param("name"));
      if (file === undefined) return c.notFound();
      // A page of an earlier release may ask by its old hash: it gets the file, but must not keep it.
      const current = c.req.path.startsWith(`${folder === "assets" ? own : vendor}/`);
      return sendFixed(c, file, current);
    });
  }
  return { app, own, vendor };
}
