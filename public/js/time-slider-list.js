/** The list of worst roads as the server writes it, made here: of a moment that is past, or with a difference. */
import { NO_DATA, signed } from "./compare-roads.js";
import { LEVELS } from "./roads-model.js";

const ROWS_MAX = 25;
/** Standing traffic would lose for ever: slower than this, km/h, counts as this. */
const SLOWEST_KMH = 1;
const WORDS = ["free", "moderate", "heavy", "severe", "closed", "no data"];
const SVG = "http://www.w3.org/2000/svg";

/** @typedef {import("./time-slider-roads.js").ShownRoads} ShownRoads */

/** Worst first, by delay, then by ratio. @param {ShownRoads} shown @param {readonly number[]} lengths_km by place */
export function worstPlaces(shown, lengths_km) {
  return shown.roads
    .map((road, place) => {
      const [now, free, km] = [shown.now(place), shown.free(place), lengths_km[place] ?? 0];
      const lost_s =
        free > 0 && km > 0
          ? Math.max(0, Math.round((km / Math.max(road.speed, SLOWEST_KMH) - km / free) * 3600))
          : null;
      return { place, road, now, lost_s };
    })
    .filter(({ road, now }) => now !== NO_DATA && road.level > 0 && road.level < LEVELS.length - 1)
    .sort((a, b) => (b.lost_s ?? -1) - (a.lost_s ?? -1) || a.now - b.now || (a.road.id < b.road.id ? -1 : 1))
    .slice(0, ROWS_MAX);
}

/** `m:ss`, as the server writes it. @param {number | null} s */
const delay = (s) => (s === null ? "–" : `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`);

const span = (/** @type {string} */ name, /** @type {(string | Node)[]} */ ...children) => {
  const made = document.createElement("span");
  made.className = name;
  made.append(...children);
  return made;
};

function swatch(/** @type {string} */ level) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({
    class: "swatch",
    viewBox: "0 0 18 10",
    width: "18",
    height: "10",
  }))
    svg.setAttribute(name, value);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "line");
  for (const [name, value] of Object.entries({
    class: `stroke l-${level}`,
    x1: "2",
    y1: "5",
    x2: "16",
    y2: "5",
  }))
    line.setAttribute(name, value);
  svg.append(line);
  return svg;
}

/** @param {ShownRoads} shown @param {readonly number[]} lengths_km @param {string} empty */
export function fillList(shown, lengths_km, empty) {
  const list = document.getElementById("worst-list");
  if (!list) return;
  const rows = worstPlaces(shown, lengths_km).map(({ place, road, now, lost_s }) => {
    const row = document.createElement("li");
    row.id = `w-${road.id}`;
    row.dataset.level = LEVELS[road.level];
    const link = document.createElement("a");
    link.href = `/roads/${encodeURIComponent(road.id)}`;
    link.dataset.road = road.id;
    const free = shown.free(place);
    const of = Object.assign(document.createElement("i"), {
      textContent: free > 0 ? ` of ${Math.round(free)}` : "",
    });
    link.append(
      swatch(LEVELS[road.level]),
      span("name", road.name),
      span("word", WORDS[road.level]),
      span("n", String(road.speed), of),
      span("n", shown.comparing ? signed(now, shown.before(place), free) : delay(lost_s)),
    );
    row.append(link);
    return row;
  });
  if (rows.length === 0) {
    const row = document.createElement("li");
    row.className = "empty";
    row.textContent = empty;
    rows.push(row);
  }
  // Where somebody stands in the list, the same road keeps the focus.
  const focused =
    document.activeElement instanceof HTMLElement ? document.activeElement.dataset.road : undefined;
  const inside = list.contains(document.activeElement);
  list.replaceChildren(...rows);
  if (inside && focused !== undefined) {
    const again = list.querySelector(`a[data-road="${CSS.escape(focused)}"]`);
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  }
}
