/** A panel of analytics: one question, drawn, as a picture, and as a file. Each from the same answer. */
import { formatInstant } from "../../src/core/time.ts";
import type { Analytics, AnalyticsQuery } from "../../src/serving/analytics/answer.ts";
import { comparedPeriod } from "../../src/serving/analytics/compared.ts";
import type { Answer, Serving } from "../../src/serving/answer.ts";
import type { PanelContext } from "../../views/analytics/panel.tsx";
import {
  analyticsUrl,
  readable,
  weekdaysText,
  type AnalyticsPageQuery,
} from "../../views/analytics/query.ts";
import { rangeText } from "../../views/analytics/words.ts";
import { markup } from "../../views/markup.ts";
import type { Table } from "../analytics-tables.ts";
import { csvWithRecipe, type Recipe } from "../recipe.ts";

export interface Asked {
  analytics: Analytics;
  serving: Serving;
  context: PanelContext;
}

export interface AnalyticsPanel {
  name: string;
  title: string;
  draw(asked: Asked): Promise<string>;
  /** Its picture alone; panels that are tables have none. */
  chart?: (asked: Asked) => Promise<{ unit: string; chart: string; excluded: string | null }>;
  /** @returns null for a table that it has not. */
  file(asked: Asked, table: string | undefined): Promise<string | null>;
}

type Element = Parameters<typeof markup>[0];

interface PanelWords<D extends object> {
  name: string;
  title: string;
  ask: (asked: Asked) => Promise<Answer<D>>;
  /** @param csv Address of one of its tables; of the first without a name. */
  draw: (context: PanelContext, data: D, csv: (table?: string) => string) => Element;
  /** What its colours and lines are is told in words: a file has no legend. */
  chart?: { unit: (data: D) => string; draw: (context: PanelContext, data: D) => Element };
  /** The first is its own. */
  tables: Readonly<Record<string, Table<D>>>;
  /** The API's address that answers the same. */
  api: (context: PanelContext, data: D) => string;
}

export function panel<D extends object>(words: PanelWords<D>): AnalyticsPanel {
  const { name, title, ask, draw, chart, tables, api } = words;
  return {
    name,
    title,
    async draw(asked) {
      const { context } = asked;
      const csv = (table?: string): string => fileUrl(context, name, table);
      const { data, meta } = await ask(asked);
      const excluded = meta.excluded?.note;
      return markup(draw(excluded === undefined ? context : { ...context, excluded }, data, csv));
    },
    ...(chart === undefined
      ? {}
      : {
          async chart(asked: Asked) {
            const { data, meta } = await ask(asked);
            return {
              unit: chart.unit(data),
              chart: markup(chart.draw(asked.context, data)),
              excluded: meta.excluded?.note ?? null,
            };
          },
        }),
    async file(asked, table) {
      const found = tables[table ?? Object.keys(tables)[0]!];
      if (found === undefined) return null;
      const answer = await ask(asked);
      const rows = found.rows(answer.data).map((row) => ({ ...row }));
      return csvWithRecipe(
        recipeOf(asked.context, title, answer, api(asked.context, answer.data)),
        found.columns,
        rows,
      );
    },
  };
}

const fileUrl = ({ query, city }: PanelContext, name: string, table: string | undefined): string => {
  const url = analyticsUrl(query, city.zone, {}, `/analytics/files/${name}.csv`);
  return table === undefined ? url : `${url}${url.includes("?") ? "&" : "?"}table=${table}`;
};

function recipeOf(
  { query, city, now_ms }: PanelContext,
  title: string,
  { meta }: Answer<object>,
  api: string,
): Recipe {
  const { from_ms, to_ms, weekdays, without_holidays, roads, compare } = query;
  return [
    ["Arterial", `${title}, ${city.name}`],
    ["range", `${formatInstant(from_ms)} to ${formatInstant(to_ms)}, its end not included`],
    ["local", rangeText(query, city.zone)],
    ["zone", city.zone],
    ["roads", roads === null ? "all" : roads.join(" ")],
    ["weekdays", weekdays.length === 0 ? "all" : weekdaysText(weekdays)],
    ["holidays", without_holidays ? "left out" : "included"],
    ["compared with", compare],
    ["left out", meta.excluded?.note ?? null],
    ["layer", meta.layer],
    ["batch views up to", meta.frontier ?? null],
    ["coverage", meta.coverage],
    ["cursor", meta.cursor],
    ["api", api],
    ["made", formatInstant(now_ms)],
  ];
}

/** How the page asks: what is compared with is worked out from its name. */
export const askedQuery = ({ query, city }: PanelContext): AnalyticsQuery => ({
  from_ms: query.from_ms,
  to_ms: query.to_ms,
  roads: query.roads,
  weekdays: query.weekdays.length === 0 ? null : query.weekdays,
  without_holidays: query.without_holidays,
  compared: query.compare === null ? null : comparedPeriod(query.compare, query, city.zone),
});

/** What an address of the API does not know. */
type Without = "roads" | "days" | "compare";

/** The API's address that answers what the page asks. */
export function apiUrl(
  { query }: PanelContext,
  resource: string,
  more: Readonly<Record<string, string>> = {},
  without: readonly Without[] = [],
): string {
  const asked = {
    ...query,
    ...(without.includes("roads") ? { roads: null } : {}),
    ...(without.includes("days") ? { weekdays: [], without_holidays: false } : {}),
    ...(without.includes("compare") ? { compare: null } : {}),
  };
  return `/api/analytics/${resource}?${readable(apiParameters(asked, more))}`;
}

function apiParameters(query: AnalyticsPageQuery, more: Readonly<Record<string, string>>): URLSearchParams {
  const params = new URLSearchParams({ from: formatInstant(query.from_ms), to: formatInstant(query.to_ms) });
  // An area by its corners: it may have more roads than an address takes.
  if (query.roads !== null)
    if (query.roads_text === "") params.set("bbox", query.bbox_text);
    else params.set("roads", query.roads.join(","));
  if (query.weekdays.length > 0) params.set("weekdays", weekdaysText(query.weekdays));
  if (query.without_holidays) params.set("holidays", "exclude");
  if (query.compare !== null) params.set("compare", query.compare);
  for (const [name, value] of Object.entries(more)) params.set(name, value);
  return params;
}
