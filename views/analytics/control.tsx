/** The control line: one form by GET and a few links, so that each state has an address and no script is needed. */
import { CompareControl } from "../compare-control.tsx";
import type { PanelContext } from "./panel.tsx";
import { analyticsUrl, lastNames, localText, weekdayNames, type Last } from "./query.ts";
import { WEEKDAYS } from "./words.ts";

const LAST_WORDS: Readonly<Record<Last, string>> = {
  today: "today",
  yesterday: "yesterday",
  "7d": "7 days",
  "28d": "28 days",
};

export const Control = ({ context: { query, city } }: { context: PanelContext }) => {
  const { zone } = city;
  const weekdays = query.weekdays.length === 0 ? [1, 2, 3, 4, 5, 6, 7] : query.weekdays;
  const narrowed = query.roads_text !== "" || query.bbox_text !== "";
  return (
    <div class="control">
      <div class="ranges">
        <p>
          {lastNames.map((last) => (
            <a
              href={analyticsUrl(query, zone, { last })}
              aria-current={query.last === last ? "true" : undefined}
            >
              {LAST_WORDS[last]}
            </a>
          ))}
        </p>
        <CompareControl value={query.compare} href={(compare) => analyticsUrl(query, zone, { compare })} />
      </div>
      <form class="filter" method="get" action="/analytics" role="search" aria-label="What is shown">
        <label>
          From <input type="datetime-local" name="from" step={3600} value={localText(query.from_ms, zone)} />
        </label>
        <label>
          To <input type="datetime-local" name="to" step={3600} value={localText(query.to_ms, zone)} />
        </label>
        <fieldset class="weekdays">
          <legend>Weekdays</legend>
          {WEEKDAYS.map((day, i) => (
            <label>
              <input
                type="checkbox"
                name="weekdays"
                value={weekdayNames[i]}
                checked={weekdays.includes(i + 1)}
              />{" "}
              {day}
            </label>
          ))}
          <label>
            <input type="checkbox" name="holidays" value="exclude" checked={query.without_holidays} /> no
            holidays
          </label>
        </fieldset>
        <label>
          Roads{" "}
          <input
            type="search"
            name="roads"
            value={query.roads_text}
            placeholder="name or corridor"
            title="Names of roads, parted by commas; a part of a name means all that have it"
            autocomplete="off"
          />
        </label>
        <label>
          Area{" "}
          <input
            type="search"
            name="bbox"
            value={query.bbox_text}
            placeholder="w,s,e,n degrees"
            title="A box in degrees: west,south,east,north"
            autocomplete="off"
          />
        </label>
        {query.last === null ? null : <input type="hidden" name="last" value={query.last} />}
        {query.compare === null ? null : <input type="hidden" name="compare" value={query.compare} />}
        {query.corridor === "" ? null : <input type="hidden" name="corridor" value={query.corridor} />}
        <button type="submit">Show</button>
        {narrowed ? (
          <a href={analyticsUrl(query, zone, { roads_text: "", bbox_text: "" })}>all roads</a>
        ) : null}
      </form>
    </div>
  );
};
