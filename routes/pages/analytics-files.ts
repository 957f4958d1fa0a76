/** Addresses of the API that answer exactly what a panel shows. */
import { formatInstant } from "../../src/core/time.ts";
import type { PanelContext } from "../../views/analytics/panel.tsx";
import { readable } from "../../views/analytics/query.ts";

type Resource = "peak-hours" | "statistics" | "trends" | "daily-summary" | "correlation";

/** The same range, roads, weekdays and comparison as the page's. */
export function apiParameters({ query }: PanelContext): URLSearchParams {
  const params = new URLSearchParams({
    from: formatInstant(query.from_ms),
    to: formatInstant(query.to_ms),
  });
  if (query.roads !== null) params.set("roads", query.roads.join(","));
  if (query.weekdays.length > 0) params.set("weekdays", query.weekdays.join(","));
  if (query.without_holidays) params.set("holidays", "off");
  if (query.compare !== null) params.set("compare", query.compare);
  return params;
}

export function fileUrl(context: PanelContext, resource: Resource, part?: string, step?: string): string {
  const params = apiParameters(context);
  if (part !== undefined) params.set("part", part);
  if (step !== undefined) params.set("step", step);
  params.set("format", "csv");
  return `/api/analytics/${resource}?${readable(params)}`;
}
