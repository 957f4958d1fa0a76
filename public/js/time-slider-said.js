/** What the page says of the moment that is shown: sentence, legend, list, title, and the words for a reader of the screen. */
import { serverNow } from "./clock.js";
import { compareWords, DIFFS, HEADS } from "./compare-roads.js";
import { LEVELS } from "./roads-model.js";
import { fillList } from "./time-slider-list.js";
import { keepAside } from "./time-slider-stream.js";

/** The list is read, not watched: it need not change with every frame. */
const LIST_EVERY_MS = 120;
const SPOKEN_AFTER_MS = 600;
/** By what became of the list of predictions. */
const NOT_KNOWN = {
  asked: "being asked for",
  there: "not known: no prediction of the last 3 minutes is there",
  failed: "not known: predictions could not be loaded, and are taken from the stream as they come",
};
const EMPTY = {
  past: "No road was congested then.",
  now: "No road is congested now.",
  ahead: "Of no road it is expected that it will be congested then.",
};

/** @typedef {import("./time-slider-day.js").Day} Day */
/** @typedef {import("./compare-roads.js").Comparison} Comparison */
/** @typedef {{ past: boolean, compare: Comparison | null, ahead?: boolean }} Mode */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const n = (/** @type {number} */ count) => count.toLocaleString("en-US");

/**
 * @param {object} options
 * @param {import("./time-slider-roads.js").ShownRoads} options.shown
 * @param {readonly number[]} options.lengths_km by place
 * @param {ReturnType<typeof import("./time-slider-words.js").zoneWords>} options.words
 * @param {() => void} options.onList the list was made anew
 */
export function createSaid({ shown, lengths_km, words, onList }) {
  /** @type {Mode} */
  let mode = { past: false, compare: null };
  const isAhead = () => mode.ahead === true;
  const isOurs = () => mode.past || isAhead() || mode.compare !== null;
  const server = keepAside((target) =>
    target === "#fresh" ? mode.past || isAhead() : isOurs() && /^#(sentence|worst-list|count-)/.test(target),
  );
  const regions = ["#sentence", "#worst-list", "#fresh", ...LEVELS.map((level) => `#count-${level}`)];

  let listed_ms = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let listing;
  function list() {
    clearTimeout(listing);
    if (!isOurs()) return;
    const wait_ms = listed_ms + LIST_EVERY_MS - performance.now();
    if (wait_ms > 0) return void (listing = setTimeout(list, wait_ms));
    listed_ms = performance.now();
    // While somebody points at the list of now nothing in it moves; the past moves only by their hand.
    const held = document.querySelector("#worst-list:hover, #worst-list:focus-within") !== null;
    if (!mode.past && held) return;
    fillList(shown, lengths_km, EMPTY[mode.past ? "past" : isAhead() ? "ahead" : "now"]);
    onList();
  }

  function counts() {
    const { levels, diffs } = shown.counts();
    LEVELS.forEach((level, i) => ($(`count-${level}`).textContent = n(levels[i])));
    DIFFS.forEach((diff, i) => ($(`diff-${diff}`).textContent = n(diffs[i])));
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let speaking;
  /** @param {string} text @param {string} value for the tab's title @param {boolean} aloud */
  function sentence(text, value, aloud) {
    const data = document.createElement("data");
    Object.assign(data, { id: "congested", value, textContent: text });
    $("sentence").replaceChildren(data);
    clearTimeout(speaking);
    if (aloud) speaking = setTimeout(() => ($("spoken").textContent = text), SPOKEN_AFTER_MS);
  }

  /** @param {Comparison} of @param {number} congested @param {Day} then @param {number} step @param {string} clock */
  const against = (of, congested, then, step, clock) =>
    then.reporting[step] > 0 ? `, ${compareWords(of, congested - then.congested[step], clock)}` : null;

  return {
    /** Takes regions over from the server's stream, or gives them back. @param {Mode} next */
    setMode(next) {
      mode = next;
      for (const region of regions)
        if (region === "#fresh" ? mode.past || isAhead() : isOurs()) server.take(region);
        else server.giveBack(region);
      document.body.classList.toggle("in-past", mode.past);
      document.body.classList.toggle("comparing", mode.compare !== null);
      document.body.classList.toggle("looking-ahead", isAhead());
      $("not-live").hidden = !mode.past && !isAhead();
      $("legend").hidden = mode.compare !== null;
      $("compare-legend").hidden = mode.compare === null;
      $("time-live").setAttribute("aria-pressed", String(!mode.past && !isAhead()));
      $("list-lost").textContent = mode.compare === null ? "lost" : HEADS[mode.compare];
    },

    /**
     * A moment that is past.
     * @param {{ day: Day, step: number, compared: Day | null, usual: Day | null, aloud: boolean }} moment `compared` and `usual` have the same steps
     * @returns {string} the slider's words
     */
    past({ day, step, compared, usual, aloud }) {
      const clock = words.clock(day.steps[step]);
      const other = words.otherDay(day.steps[step], serverNow());
      const on = other === "" ? "" : ` on ${other}`;
      const [congested, reporting, roads] = [day.congested[step], day.reporting[step], shown.roads.length];
      const more =
        mode.compare !== null && compared !== null
          ? (against(mode.compare, congested, compared, step, clock) ??
            "; nothing of that time to compare with")
          : usual === null
            ? ""
            : (against("typical", congested, usual, step, clock) ?? "");
      $("time-shown").textContent = clock;
      $("not-live-words").textContent = `${other === "" ? "" : `${other}, `}${clock}, not live`;
      sentence(
        reporting === 0
          ? `No road reported at ${clock}${on}`
          : // Of those that reported: who said nothing was not seen to flow.
            `${n(congested)} of ${n(reporting)} ${reporting === 1 ? "road" : "roads"} congested at ${clock}${on}${more}`,
        "",
        aloud,
      );
      document.title = `◷ ${clock} · ${n(congested)} congested · Arterial`;
      const fresh = document.createElement("span");
      fresh.textContent = `5 minutes from ${clock}, ${n(reporting)} of ${n(roads)} roads reported`;
      $("fresh").replaceChildren(fresh);
      counts();
      list();
      return `${clock}${on}, ${n(congested)} of ${n(reporting)} roads congested`;
    },

    /**
     * A time that is to come.
     * @param {{ list: "asked" | "there" | "failed", minute: number, known: number, all: number, made_ms: number, expected: number, now: number, aloud: boolean }} facts
     */
    ahead({ list: whole, minute, known, all, made_ms, expected, now, aloud }) {
      const made = words.clock(made_ms);
      const more =
        expected === now
          ? "as many as now"
          : `${n(Math.abs(expected - now))} ${expected > now ? "more" : "fewer"} than now`;
      sentence(
        known === 0
          ? `How it will be in ${minute} minutes is ${NOT_KNOWN[whole]}`
          : `In ${minute} minutes, as predicted at ${made}: ${n(expected)} of ${n(known)} roads congested, ${more}`,
        "",
        aloud,
      );
      const at = words.clock((known === 0 ? serverNow() : made_ms) + minute * 60_000);
      document.title = `▸ +${minute} min · ${known === 0 ? "not known" : `${n(expected)} congested`} · Arterial`;
      $("ahead-said").textContent = known === 0 ? "min, not known" : `${at}, predicted ${made}`;
      $("time-shown").textContent = `+${minute}`;
      const fresh = document.createElement("span");
      fresh.textContent = `${n(known)} of ${n(all)} roads predicted${known < all ? "; the others are dashed" : ""}`;
      $("fresh").replaceChildren(fresh);
      counts();
      list();
    },

    /** Now. @param {{ day: Day, start_ms: number } | null} then one step of what now is compared with @returns {string} the slider's words */
    live(then) {
      const { levels } = shown.counts();
      const congested = levels[2] + levels[3] + levels[4];
      $("time-shown").textContent = "now";
      if (mode.compare !== null && then !== null) {
        const clock = words.clock(then.start_ms);
        const more =
          against(mode.compare, congested, then.day, 0, clock) ?? "; nothing of that time to compare with";
        sentence(
          `${n(congested)} of ${n(shown.roads.length)} roads congested${more}`,
          String(congested),
          false,
        );
        counts();
        list();
      }
      return `live, ${n(congested)} roads congested`;
    },
  };
}
