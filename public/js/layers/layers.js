/** The layers of a map: which are on, what is in them, how they are drawn, and what lies under the pointer. */
import { clockTime, serverNow, span } from "../clock.js";
import { typing } from "../page.js";
import { writeUrl } from "../url-state.js";
import { KINDS } from "./kinds.js";
import { PointsModel } from "./points-model.js";

/** @typedef {import("./points-model.js").Point} Point */
/** @typedef {{ layer: string, id: string }} Chosen */

/**
 * @typedef {object} LayersOptions
 * @property {readonly string[]} always topics that are followed whatever is on
 * @property {boolean} [listed] the page lists what lies on the map: what is off is not drawn, but followed all the same
 * @property {boolean} remembered the next map comes with the same layers
 * @property {(layer: string, on: boolean) => void} onToggle
 * @property {(layer: string, rows: any[]) => void} [onRows]
 * @property {{ show: (title: string, words: string, x: number, y: number) => void, hide: () => void }} tip
 * @property {(chosen: Chosen) => void} onPick
 * @property {readonly { at: [number, number] }[]} [hospitals]
 * @property {import("./drawing.js").Under} [under] drawn below all points
 */

/** A list of the server may be so old: what it did not hold yet is asked for once more. */
const AGAIN_MS = 2_500;

/** @param {LayersOptions} options */
export function startLayers(options) {
  const {
    always,
    listed = false,
    remembered,
    onToggle,
    onRows,
    tip,
    onPick,
    hospitals = [],
    under,
  } = options;
  const box = /** @type {HTMLElement} */ (document.getElementById("layers"));
  const buttons = /** @type {HTMLElement[]} */ ([...box.querySelectorAll("button[data-layer]")]);
  const on = new Set(
    buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.dataset.layer ?? ""),
  );
  /** @type {Map<string, PointsModel>} */
  const models = new Map(
    Object.entries(KINDS)
      .filter(([name]) => buttons.some((button) => button.dataset.layer === name))
      .map(([name, { key }]) => [name, new PointsModel(key)]),
  );
  /** @type {import("./drawing.js").Drawing | null} */
  let drawing = null;
  /** @type {import("../live.js").Live | null} */
  let live = null;
  /** @type {any} */
  let map = null;
  /** @type {Chosen | null} */
  let hovered = null;
  /** @type {Chosen | null} */
  let selected = null;
  /** Types of vehicles that are shown; all when empty. */
  let types = new Set();

  const followed = (/** @type {string} */ name) => listed || on.has(name);
  const topics = () => [...always, ...[...models.keys()].filter(followed).map((name) => KINDS[name].topic)];
  async function load() {
    const names = [...models.keys()].filter(followed);
    if (names.length === 0) return;
    const answer = await fetch(`/fragments/layer-state?layers=${names.join(",")}`).catch(() => null);
    if (!answer?.ok) return;
    for (const [name, state] of Object.entries(await answer.json())) {
      // Switched off meanwhile.
      if (!followed(name)) continue;
      models.get(name)?.load(state);
      onRows?.(name, state.rows);
    }
    drawing?.ask();
  }

  function toggle(/** @type {string} */ name) {
    if (!on.delete(name)) on.add(name);
    const now = on.has(name);
    buttons.find((button) => button.dataset.layer === name)?.setAttribute("aria-pressed", String(now));
    const text =
      buttons
        .map((button) => button.dataset.layer ?? "")
        .filter((layer) => on.has(layer))
        .join(",") || "none";
    writeUrl({ layers: text });
    if (remembered) document.cookie = `layers=${text}; path=/; max-age=31536000; samesite=lax`;
    if (!followed(name)) models.get(name)?.clear();
    onToggle(name, now);
    live?.follow(topics());
    drawing?.ask();
  }
  box.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[data-layer]") : null;
    if (button instanceof HTMLElement) toggle(button.dataset.layer ?? "");
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "l" && !typing(event)) buttons[0]?.focus();
  });

  function hover(/** @type {Chosen | null} */ next) {
    if (next?.layer === hovered?.layer && next?.id === hovered?.id) return;
    hovered = next;
    drawing?.ask();
  }

  let seen = "";
  const refresh = () => {
    const now = [...models.values()].map(({ version }) => version).join();
    if (now === seen) return;
    seen = now;
    drawing?.ask();
  };

  return {
    on,
    models,
    topics,
    hover,
    /** Handlers of the stream, for those topics that have a layer. */
    rows: Object.fromEntries(
      [...models].map(([name, model]) => [
        KINDS[name].topic,
        (/** @type {any[]} */ rows) => {
          if (!followed(name)) return;
          model.apply(rows);
          onRows?.(name, rows);
          refresh();
        },
      ]),
    ),
    gone: Object.fromEntries(
      [...models].map(([name, model]) => [
        KINDS[name].topic,
        (/** @type {string[]} */ keys) => {
          model.gone(keys);
          refresh();
        },
      ]),
    ),
    async resync() {
      await load();
      setTimeout(() => void load(), AGAIN_MS);
    },
    follow(/** @type {import("../live.js").Live} */ stream) {
      live = stream;
    },
    /** What draws comes with the map, not before it. @param {any} opened a map, by WebGL or a picture */
    async attach(opened) {
      map = opened;
      const { openDrawing } = await import("./drawing.js");
      drawing = openDrawing(opened.ground, {
        on,
        models,
        hospitals,
        under,
        now: () => ({ selected, hovered, types }),
      });
    },
    /** Something of a layer is at this place of the map: shown, or opened. */
    above(/** @type {number} */ x, /** @type {number} */ y, /** @type {boolean} */ picked) {
      const found = drawing?.at(x, y) ?? null;
      if (found === null) {
        hover(null);
        return false;
      }
      const { layer, point } = found;
      if (point === null) {
        if (picked) map?.zoomTo(found.mx, found.my, found.closer);
        else tip.show(`${found.n} vehicles`, "press to come closer", x, y);
        return true;
      }
      const chosen = { layer, id: point.id };
      if (picked) onPick(chosen);
      else {
        const age = point.stale
          ? `as of ${clockTime(point.as_of_ms)}`
          : `${span(serverNow() - point.as_of_ms)} ago`;
        tip.show(KINDS[layer].title(point.row), `${KINDS[layer].words(point.row)}, ${age}`, x, y);
        hover(chosen);
      }
      return true;
    },
    select(/** @type {Chosen | null} */ chosen) {
      selected = chosen;
      drawing?.ask();
    },
    showTypes(/** @type {Set<string>} */ chosen) {
      types = chosen;
      drawing?.ask();
    },
    /** Each second: what is old looks old. */
    age() {
      for (const model of models.values()) model.age();
      refresh();
    },
    redraw: () => drawing?.ask(),
  };
}
