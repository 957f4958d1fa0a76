/** What `npm start` prints: one calm page. Pure, so that it can be tested. */

export interface StartPage {
  version: string;
  city: string;
  url: string;
  /** Part → what it runs on. */
  parts: readonly (readonly [part: string, on: string])[];
}

const PAD = 10;

export function startPage({ version, city, url, parts }: StartPage): string {
  const line = (name: string, text: string): string => `  ${name.padEnd(PAD)}${text}`;
  return [
    "",
    `  Arterial ${version} · ${city}`,
    "",
    line("Map", url),
    line("API", `${url}/docs`),
    "",
    ...parts.map(([part, on]) => line(part, on)),
    "",
    line("Try", `curl '${url}/api/traffic/current?limit=3'`),
    line("", `curl -N '${url}/api/live?topics=traffic'`),
    line("Stop", "Ctrl-C"),
    "",
  ].join("\n");
}

export interface Progress {
  done: number;
  total: number;
  eta_s: number | null;
}

/** `Writing the last 24 hours: 45 %, about 12 s left` */
export function progressLine(hours: number, { done, total, eta_s }: Progress): string {
  const share = total === 0 ? 100 : Math.floor((100 * done) / total);
  const left = eta_s === null ? "" : `, about ${Math.max(1, Math.round(eta_s))} s left`;
  return `  Writing the last ${hours === 1 ? "hour" : `${hours} hours`}: ${share} %${share === 100 ? "" : left}`;
}
