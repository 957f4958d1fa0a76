/** Raw rows: any stream's events as they are stored, newest first, and the same as a file. */
import type { Stream } from "../src/core/stream.ts";
import { DataRows, type DataRowsProps } from "./data-rows.tsx";
import { dataUrl, lasts, localText, type Last } from "./data-query.ts";
import { layout } from "./layout.tsx";
import { markup } from "./markup.ts";

export interface DataProps extends DataRowsProps {
  /** What can be chosen. */
  streams: readonly Stream[];
}

const LAST_WORDS: Readonly<Record<Last, string>> = {
  "1h": "last hour",
  "24h": "last 24 hours",
  "7d": "last 7 days",
};

export function dataPage(props: DataProps): string {
  const { frame, streams, stream, query } = props;
  const { zone } = frame.city;
  const given = query.last === null;
  return layout({
    frame,
    title: `${stream.label}, raw rows`,
    path: "/data",
    page: "data",
    script: "data-page.js",
    live: "polled",
    children: (
      <>
        <header>
          <h1>Data</h1>
          <p class="sentence">Every event as it is stored. {stream.doc}</p>
        </header>
        <form class="filter" method="get" action="/data" role="search" aria-label="Rows">
          <label>
            Stream{" "}
            <select name="stream">
              {streams.map(({ name, label }) => (
                <option value={name} selected={name === stream.name}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <label>
            {stream.key}{" "}
            <input type="search" name="key" value={query.key} maxlength={128} autocomplete="off" />
          </label>
          <label>
            From{" "}
            <input type="datetime-local" name="from" value={given ? localText(query.from_ms, zone) : ""} />
          </label>
          <label>
            To <input type="datetime-local" name="to" value={given ? localText(query.to_ms, zone) : ""} />
          </label>
          {query.last === null || query.last === "1h" ? null : (
            <input type="hidden" name="last" value={query.last} />
          )}
          <button type="submit">Show</button>
        </form>
        <div class="ranges">
          <p>
            {(Object.keys(lasts) as Last[]).map((last) => (
              <a href={dataUrl(query, { last })} aria-current={query.last === last ? "true" : undefined}>
                {LAST_WORDS[last]}
              </a>
            ))}
          </p>
          <label class="follow" hidden>
            <input type="checkbox" id="follow" checked={query.live} /> refresh every 5 s
          </label>
        </div>
        {query.fault === "" ? null : (
          <div>
            <p class="empty fault" role="alert">
              {query.fault}
            </p>
          </div>
        )}
        <div id="data">
          <DataRows {...props} />
        </div>
      </>
    ),
  });
}

/** The rows alone, for a page that asks again. */
export const dataFragment = (props: DataRowsProps): string => markup(<DataRows {...props} />);
