/** The pages: parse, ask serving, answer HTML. A new page is a file beside this one, named in the list. */
import { Hono } from "hono";
import type { PageNote } from "../../views/page.ts";
import { cityRoutes } from "../pages-city.ts";
import { layers } from "./layers.tsx";
import { air } from "./air.tsx";
import { analytics } from "./analytics.tsx";
import { data } from "./data.tsx";
import { dataQuality } from "./data-quality.tsx";
import { map } from "./map.tsx";
import { answerFaults, pageTools, refuseBroken, type Page, type PageDeps } from "./page.ts";
import { predictions } from "./predictions.tsx";
import { roads } from "./roads.tsx";
import { sales } from "./sales.tsx";
import { streams } from "./streams.tsx";
import { vehicles } from "./vehicles.tsx";

export type { PageDeps };

const pages: readonly Page[] = [
  map,
  layers,
  roads,
  predictions,
  vehicles,
  air,
  sales,
  analytics,
  data,
  streams,
  dataQuality,
];

/** What the job renders once a second, for all readers at once. */
export const pageNotes: readonly PageNote[] = pages.flatMap(({ note }) => (note === undefined ? [] : [note]));

/** Groups of notes that `/live?page=` may name. */
export const pageGroups: readonly string[] = pageNotes.map(({ group }) => group);

/** Every page with its fragments, and the city's geometry. */
export function pageRoutes(deps: PageDeps): Hono {
  const geometry = cityRoutes(deps.city);
  const tools = pageTools(deps, geometry);
  const app = new Hono();
  answerFaults(app, tools);
  refuseBroken(app);
  for (const page of pages) app.route("/", page.routes(tools));
  app.route("/", geometry.app);
  return app;
}
