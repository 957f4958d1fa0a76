/** Which format an answer has: `format=` wins, then `Accept` by its weights, then JSON. */

export const formats = ["json", "geojson", "csv", "ndjson"] as const;
export type Format = (typeof formats)[number];

export const mediaTypes: Readonly<Record<Format, string>> = {
  json: "application/json",
  geojson: "application/geo+json",
  csv: "text/csv; charset=utf-8; header=present",
  ndjson: "application/x-ndjson",
};

const accepts: readonly (readonly [type: string, format: Format])[] = [
  ["application/json", "json"],
  ["application/geo+json", "geojson"],
  ["text/csv", "csv"],
  ["application/x-ndjson", "ndjson"],
  ["application/ndjson", "ndjson"],
];

/** What the client likes best of what there is. A type that we do not have is no reason to answer nothing. */
export function negotiate(
  accept: string | undefined,
  asked: Format | undefined,
  allowed: readonly Format[],
): Format {
  if (asked !== undefined) return asked;
  if (accept === undefined || accept === "*/*") return allowed[0]!;
  let best: Format = allowed[0]!;
  let best_q = 0;
  for (const part of accept.slice(0, 1_000).split(",")) {
    const [type, ...parameters] = part.split(";").map((p) => p.trim().toLowerCase());
    const format = accepts.find(([name]) => name === type)?.[1];
    if (format === undefined || !allowed.includes(format)) continue;
    const q = Number(parameters.find((p) => p.startsWith("q="))?.slice(2) ?? 1);
    if (q > best_q) [best, best_q] = [format, q];
  }
  return best;
}

/** Does an Accept header ask for `type` before HTML? For addresses that people open, too. */
export const prefersHtml = (accept: string | undefined): boolean => {
  const html = accept?.indexOf("text/html") ?? -1;
  const json = accept?.search(/application\/([\w.+-]*\+)?json/) ?? -1;
  return html >= 0 && (json < 0 || html < json);
};
