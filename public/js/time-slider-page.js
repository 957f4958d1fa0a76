/**
 * The map's time: live, or a moment of a day, and what it is compared with. One state, kept in the address (`t=`, `date=`,
 * `compare=`), from which map, list, legend, sentence and slider follow. Bytes of a day are asked for once, when somebody looks.
 */
import { serverNow } from "./clock.js";
import { readComparison } from "./compare-roads.js";
import { typing } from "./page.js";
import { keepBytes, stepData } from "./time-slider-bytes.js";
import { loadDay, shareOf, stepOf } from "./time-slider-day.js";
import { createPlayer } from "./time-slider-play.js";
import { diffPaints } from "./compare-style.js";
import { createSaid } from "./time-slider-said.js";
import { zoneWords } from "./time-slider-words.js";
import { startSlider } from "./time-slider.js";
import { writeUrl } from "./url-state.js";

export { ShownRoads } from "./time-slider-roads.js";

const STEP_MS = 300_000;
const DAY_MS = 24 * 3_600_000;
/** A window that has just ended is complete a little later. */
const SETTLED_MS = 20_000;

/** @typedef {import("./time-slider-day.js").Day} Day */
/** @typedef {import("./compare-roads.js").Comparison} Comparison */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {object} options
 * @param {import("./time-slider-roads.js").ShownRoads} options.shown
 * @param {readonly number[]} options.lengths_km by place
 * @param {() => any} options.map null until it is there
 * @param {() => void} options.onList the list was made anew
 * @param {() => void} options.onLive somebody wants to see now
 * @param {() => void} options.onState the moment or the comparison is another
 */
export function startTime({ shown, lengths_km, map, onList, onLive, onState }) {
  const words = zoneWords($("time").dataset.zone ?? "UTC");
  const said = createSaid({ shown, lengths_km, words, onList });
  const bytes = keepBytes(shown);

  /** The moment shown; null for now. @type {number | null} */
  let at_ms = null;
  /** A calendar day, or "" for the last 24 h. */
  let date = "";
  /** @type {Comparison | null} */
  let compare = null;
  /** Shares of the range on the slider, and of what is typical. @type {Day | null} */
  let day = null;
  /** @type {Day | null} */
  let usual = null;
  let generation = 0;
  /** The map looks ahead: neither a moment of the day nor a comparison is shown, and none can be chosen. */
  let ahead = false;

  const bytesOf = (/** @type {Comparison | null} */ of) =>
    day === null
      ? Promise.reject(new Error("No day is there yet"))
      : bytes.of({ from_ms: day.steps[0], to_ms: day.steps[day.steps.length - 1] + day.step_ms }, of);
  /** The last step that has begun. @param {Day} of */
  const lastStep = (of) => stepOf(of, serverNow());

  const slider = startSlider({
    onWant: () => void bytesOf(null).catch(() => {}),
    onStep(step) {
      player.stop();
      if (day !== null) goToStep(day, step);
    },
    onDone: remember,
  });
  const player = createPlayer({
    onTime(ms) {
      if (day === null || ms >= day.steps[lastStep(day)]) {
        if (date === "") goLive();
        return false;
      }
      goTo(ms);
      return true;
    },
    onStop() {
      playing(false);
      remember();
    },
  });

  function remember() {
    const t = at_ms === null ? "" : new Date(Math.floor(at_ms / STEP_MS) * STEP_MS).toISOString();
    writeUrl({ t: t.replace(".000Z", "Z"), date, compare: compare ?? "" });
  }

  function goLive() {
    onLive();
    at_ms = null;
    player.stop();
    if (date !== "") {
      date = "";
      void loadRange();
    }
    remember();
    void render();
  }

  /** @param {number} ms */
  function goTo(ms) {
    at_ms = ms;
    void render();
  }

  /** The newest step of the last 24 h is now. @param {Day} of @param {number} step */
  function goToStep(of, step) {
    const last = lastStep(of);
    if (date === "" && step >= last) goLive();
    else goTo(of.steps[Math.max(0, Math.min(last, step))]);
  }

  /** Everything from the state. A later state wins over one that still waits for its bytes. */
  async function render() {
    const mine = ++generation;
    onState();
    if (ahead) return;
    const start_ms = Math.floor(serverNow() / STEP_MS) * STEP_MS;
    try {
      const [now, then] = await Promise.all([
        at_ms === null ? null : bytesOf(null),
        compare === null
          ? null
          : at_ms === null
            ? bytes.of({ from_ms: start_ms, to_ms: start_ms + STEP_MS }, compare)
            : bytesOf(compare),
      ]);
      if (mine !== generation) return;
      said.setMode({ past: at_ms !== null, compare });
      const step = now === null || at_ms === null ? 0 : stepOf(now.day, at_ms);
      paint(now === null ? null : stepData(now, step), then === null ? null : stepData(then, step));
      if (now !== null) {
        const aloud = !player.playing;
        slider.put(step, said.past({ day: now.day, step, compared: then?.day ?? null, usual, aloud }), false);
      } else {
        const text = said.live(then === null ? null : { day: then.day, start_ms });
        if (day !== null) slider.put(lastStep(day), text, true);
      }
      const input = /** @type {HTMLInputElement} */ ($("time-date"));
      if (document.activeElement !== input) input.value = words.date(at_ms ?? serverNow());
    } catch (error) {
      if (mine === generation)
        $("time-words").textContent = "That time could not be loaded; what you see is as it was.";
      reportError(error);
    }
  }

  /** @param {import("./time-slider-roads.js").Step | null} step @param {import("./time-slider-roads.js").Step | null} then */
  function paint(step, then) {
    const was_comparing = shown.comparing;
    const changed = new Set(shown.show(step));
    shown.compare(compare !== null, then);
    for (const place of shown.differ()) changed.add(place);
    if (was_comparing !== shown.comparing) for (const place of shown.roads.keys()) changed.add(place);
    map()?.compare(shown.comparing ? diffPaints : null);
    map()?.update(changed);
  }

  /** Shares of the range: what is behind the slider. */
  async function loadRange() {
    const asked = date;
    const shares = (/** @type {string | undefined} */ of) => loadDay({ date: asked, shares: true, of });
    try {
      const [now, typical] = await Promise.all([shares(undefined), shares("typical").catch(() => null)]);
      if (asked !== date) return;
      day = now;
      usual = typical?.steps.length === now.steps.length ? typical : null;
    } catch {
      if (asked === date) $("time-words").textContent = "The day could not be loaded; try again later.";
      return;
    }
    draw();
  }

  function draw() {
    if (day === null) return;
    const top = slider.draw(day, usual, words.clock);
    const of = usual;
    const has_usual = of !== null && of.steps.some((_, i) => shareOf(of, i) !== null);
    $("time-words").textContent = day.reporting.every((count) => count === 0)
      ? "No data on this day."
      : `share of roads congested, up to ${Math.round(top * 100)} %${has_usual ? "; line: typical" : ""}`;
    if (at_ms === null && !ahead) slider.put(lastStep(day), said.live(null), true);
  }

  function playing(/** @type {boolean} */ on) {
    $("time-play").setAttribute("aria-pressed", String(on));
    $("time-play").setAttribute("aria-label", on ? "Pause" : "Play the day");
  }

  /** @param {number} by steps */
  function move(by) {
    player.stop();
    if (day === null) return;
    goToStep(day, (at_ms === null ? lastStep(day) : stepOf(day, at_ms)) + by);
    remember();
  }

  function playOrPause() {
    if (player.playing) return player.stop();
    if (day === null || ahead) return;
    const at_end = at_ms === null || stepOf(day, at_ms) >= lastStep(day);
    playing(true);
    player.play(at_end ? day.steps[0] : /** @type {number} */ (at_ms), day.step_ms);
  }

  /** Another day, at the same time of day. @param {string} next */
  async function goToDay(next) {
    player.stop();
    if (next === "") return goLive();
    const wanted = words.clock(at_ms ?? serverNow());
    date = next;
    await loadRange();
    if (day === null || date !== next) return;
    const same = day.steps.findIndex((ms) => words.clock(ms) >= wanted);
    goTo(day.steps[Math.min(same < 0 ? Infinity : same, lastStep(day))]);
    remember();
  }

  function setCompare(/** @type {Comparison | null} */ next) {
    compare = next;
    for (const link of document.querySelectorAll("#compare a")) {
      if (!(link instanceof HTMLElement)) continue;
      if ((link.dataset.compare ?? "") === (next ?? "")) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  $("time-live").addEventListener("click", goLive);
  $("time-back").addEventListener("click", () => move(-1));
  $("time-on").addEventListener("click", () => move(1));
  $("time-play").addEventListener("click", playOrPause);
  $("time-speed").addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) player.setSpeed(Number(event.target.value));
  });
  $("time-date").addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.validity.valid)
      void goToDay(event.target.value);
  });
  $("compare").addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-compare]") : null;
    if (!(link instanceof HTMLElement) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (ahead) return;
    setCompare(readComparison(link.dataset.compare ?? null));
    remember();
    void render();
  });
  document.addEventListener("keydown", (event) => {
    if (typing(event)) return;
    const link = $("compare").querySelector("[aria-current]");
    if (event.key === "t") slider.focus();
    else if (event.key === ".") goLive();
    else if (event.key === "c" && link instanceof HTMLElement) link.focus();
    else if (event.key === " " && document.activeElement === $("time-slider")) playOrPause();
    else return;
    event.preventDefault();
  });

  /** The state as the address says it. */
  async function read() {
    const params = new URLSearchParams(location.search);
    setCompare(readComparison(params.get("compare")));
    const asked = params.get("date") ?? "";
    const t = Math.min(Date.parse(params.get("t") ?? ""), serverNow());
    const has_t = Number.isFinite(t);
    const next = /^\d{4}-\d\d-\d\d$/.test(asked)
      ? asked
      : has_t && t < serverNow() - DAY_MS + STEP_MS
        ? words.date(t)
        : "";
    if (day === null || next !== date) {
      date = next;
      await loadRange();
    }
    at_ms = has_t ? t : date !== "" && day !== null ? day.steps[lastStep(day)] : null;
    await render();
  }
  addEventListener("popstate", () => void read());
  addEventListener("resize", draw);

  // The day goes on: a new step every five minutes.
  let ticked = Math.floor((serverNow() - SETTLED_MS) / STEP_MS);
  setInterval(() => {
    const tick = Math.floor((serverNow() - SETTLED_MS) / STEP_MS);
    if (tick === ticked || document.hidden || at_ms !== null) return;
    ticked = tick;
    void loadRange();
  }, 1000);

  return {
    read,
    /** Why one cannot look ahead from here; "" where one can. */
    whyNotAhead: () =>
      at_ms !== null
        ? "Predictions start from now: press Live first."
        : compare === null
          ? ""
          : "Predictions are not compared: choose nothing under Compare with first.",
    said,
    /** Looks ahead, or not: then the map is as the state says. @param {boolean} on */
    setAhead(on) {
      if (ahead === on) return;
      ahead = on;
      const why = on ? "The map looks ahead: choose now to go back in time or to compare." : "";
      for (const id of ["time-back", "time-on", "time-play", "time-speed", "time-date"]) {
        $(id).toggleAttribute("disabled", on);
        $(id).title = why;
      }
      const words_of = (/** @type {Element} */ element) => {
        element.setAttribute("aria-disabled", String(on));
        if (element instanceof HTMLElement) element.title = why;
      };
      for (const element of [$("time-slider"), ...document.querySelectorAll("#compare a")]) words_of(element);
      if (on) {
        $("time-words").textContent = why;
        player.stop();
        return;
      }
      map()?.update(shown.roads.keys());
      draw();
      void render();
    },
    /** What came live: drawn only while now is shown. @param {Set<number>} changed */
    flush(changed) {
      if (shown.isPast || ahead) return;
      if (changed.size > 0) map()?.update(changed);
      if (compare !== null && at_ms === null) void render();
    },
    /** What a road was like then, for the line beside the pointer. @param {number} place */
    line: (place) => `${shown.now(place)} % of free flow at ${words.clock(shown.roads[place].as_of_ms)}`,
  };
}
