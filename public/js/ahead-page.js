/**
 * The map's "now / +10 / +20 / +30": what is predicted, kept in the address (`ahead=20`). Predictions are asked for, and followed,
 * only while the map looks ahead.
 */
import { AheadRoads } from "./ahead-roads.js";
import { clockTime } from "./clock.js";
import { typing } from "./page.js";
import { HORIZONS, PredictionsModel } from "./predictions-model.js";
import { writeUrl } from "./url-state.js";

const EVENT = "predictions";

/**
 * @param {object} options
 * @param {import("./roads-model.js").RoadsModel} options.live
 * @param {import("./time-slider-page.js").ShownRoads} options.shown
 * @param {readonly number[]} options.free by place, km/h
 * @param {ReturnType<typeof import("./time-slider-page.js").startTime>} options.time
 * @param {any} options.map
 * @param {(on: boolean) => void} options.onFollow the stream is wanted, or not any more
 */
export function startAhead({ live, shown, free, time, map, onFollow }) {
  const box = document.getElementById("ahead");
  const why = document.getElementById("ahead-why");
  const said = document.getElementById("ahead-said");
  const predictions = new PredictionsModel(live.places, free);
  const roads = new AheadRoads(live, predictions);
  /** @type {number | null} */
  let minute = null;
  /** Of the whole list: until it came nothing is known to be missing. @type {"asked" | "there" | "failed"} */
  let list = "asked";
  const links = /** @type {HTMLAnchorElement[]} */ ([...(box?.querySelectorAll("a[data-ahead]") ?? [])]);
  const minuteOf = (/** @type {string | undefined} */ text) =>
    HORIZONS.find((one) => String(one) === text) ?? null;

  /** @param {boolean} aloud */
  function show(aloud) {
    if (minute === null) return;
    const changed = roads.update();
    map.update(changed);
    if (changed.length > 0 || aloud) time.said.ahead({ minute, ...roads.facts(), list, aloud });
  }

  async function load() {
    if (minute === null) return;
    const answer = await fetch("/fragments/predictions-state").catch(() => null);
    if (answer?.ok) predictions.load(await answer.json());
    list = answer?.ok ? "there" : "failed";
    show(true);
  }

  /** @param {number | null} next @param {boolean} [remember] */
  function set(next, remember = true) {
    if (next === minute) return;
    const was = minute;
    minute = next;
    for (const link of links) {
      if (minuteOf(link.dataset.ahead) === next) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (remember) writeUrl({ ahead: next === null ? "" : String(next) });
    onFollow(next !== null);
    if (next === null) {
      shown.lookAhead(null);
      if (said) said.textContent = "min";
      time.setAhead(false);
      return;
    }
    roads.minute = next;
    roads.update();
    shown.lookAhead(roads);
    time.setAhead(true);
    time.said.setMode({ past: false, compare: null, ahead: true });
    map.update(roads.roads.keys());
    if (was === null) list = "asked";
    show(true);
    if (was === null) void load();
  }

  function offer() {
    const reason = minute === null ? time.whyNotAhead() : "";
    for (const link of links) {
      const off = reason !== "" && link.dataset.ahead !== "";
      link.setAttribute("aria-disabled", String(off));
      link.title = off ? reason : "";
    }
    if (why === null) return;
    why.hidden = reason === "";
    why.textContent = reason;
  }

  box?.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-ahead]") : null;
    if (!(link instanceof HTMLElement) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-disabled") !== "true") set(minuteOf(link.dataset.ahead));
  });
  box?.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const at = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    if (by === undefined || at < 0) return;
    event.preventDefault();
    const link = links[Math.max(0, Math.min(links.length - 1, at + by))];
    link?.focus();
    link?.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "a" || typing(event)) return;
    event.preventDefault();
    (links.find((link) => link.hasAttribute("aria-current")) ?? links[0])?.focus();
  });
  document.addEventListener(EVENT, () => show(false));

  /** As the address says it; a moment of the day or a comparison in it wins. */
  function read() {
    const asked = new URLSearchParams(location.search);
    const other = ["t", "date", "compare"].some((name) => (asked.get(name) ?? "") !== "");
    set(box === null || other ? null : minuteOf(asked.get("ahead") ?? undefined), false);
    offer();
  }
  addEventListener("popstate", read);

  return {
    read,
    offer,
    load,
    predictions,
    /** What is followed tells it. @param {any[]} rows */
    apply: (rows) => predictions.apply(rows),
    toNow: () => set(null),
    /** Each second: what is too old is not known any more. */
    age: () => show(false),
    /** What is expected of a road, for the line beside the pointer. @param {number} place */
    line(place) {
      const step = minute === null ? null : predictions.at(place, minute);
      if (step === null) return "no prediction: nothing of the last 3 minutes";
      const range = step.low < 0 || step.high < 0 ? "" : ` (${step.low}–${step.high})`;
      const jam = step.jam < 0 ? "" : `, ${step.jam} % sure of a jam`;
      return `in ${minute} min: ${step.speed} km/h${range}${jam}, from ${clockTime(step.made_ms).slice(0, 5)}`;
    },
  };
}
