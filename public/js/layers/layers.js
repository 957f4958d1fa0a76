/** The layers of a map: which are on, what is in them, how they are drawn, and what lies under the pointer. */
import { clockTime, serverNow, span } from "../clock.js";
import { typing } from "../page.js";
import { writeUrl } from "../url-state.js";
import { ALONE_FROM_ZOOM, grouped } from "./grid.js";
import { KINDS } from "./kinds.js";
import * as marks from "./marks.js";
import { openOverlay } from "./overlay.js";
import { mercatorX, mercatorY, PointsModel } from "./points-model.js";

/** @typedef {import("./points-model.js").Point} Point */
/** @typedef {{ layer: string, id: string }} Chosen */

/**
 * @typedef {object} LayersOptions
 * @property {readonly string[]} always topics that are followed whatever is on
 * @property {boolean} remembered the next map comes with the same layers
 * @property {(layer: string, on: boolean) => void} onToggle
 * @property {(layer: string, rows: any[]) => void} [onRows]
 * @property {{ show: (title: string, words: string, x: number, y: number) => void, hide: () => void }} tip
 * @property {(chosen: Chosen) => void} onPick
 * @property {readonly { at: [number, number] }[]} [hospitals]
 * @property {(ctx: CanvasRenderingContext2D, placer: import("./overlay.js").Placer) => void} [under] drawn below all points
 */

/** A list of the server may be so old: what it did not hold yet is asked for once more. */
const AGAIN_MS = 2_500;
const REACH_PX = 5;

/** @param {LayersOptions} options */
export function startLayers({ always, remembered, onToggle, onRows, tip, onPick, hospitals = [], under }) {
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
  const beds = hospitals.map(({ at: [lng, lat] }) => ({ mx: mercatorX(lng), my: mercatorY(lat) }));

  /** @type {{ ask: () => void } | null} */
  let overlay = null;
  /** @type {import("../live.js").Live | null} */
  let live = null;
  /** @type {any} */
  let map = null;
  /** @type {Chosen | null} */
  let hovered = null;
  /** @type {Chosen | null} */
  let selected = null;
  /** Marks as they were drawn last: what the pointer may meet. @type {{ x: number, y: number, r: number, layer: string, point: Point | null, mx: number, my: number, n: number }[]} */
  let drawn = [];
  let shown_types = new Set();

  const topics = () => [
    ...always,
    ...[...models.keys()].filter((name) => on.has(name)).map((name) => KINDS[name].topic),
  ];
  const is = (/** @type {Chosen | null} */ chosen, /** @type {string} */ layer, /** @type {string} */ id) =>
    chosen?.layer === layer && chosen.id === id;

  async function load() {
    const names = [...models.keys()].filter((name) => on.has(name));
    if (names.length === 0) return;
    const answer = await fetch(`/fragments/layer-state?layers=${names.join(",")}`).catch(() => null);
    if (!answer?.ok) return;
    for (const [name, state] of Object.entries(await answer.json())) {
      // Switched off meanwhile.
      if (!on.has(name)) continue;
      models.get(name)?.load(state);
      onRows?.(name, state.rows);
    }
    overlay?.ask();
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
    if (!now) models.get(name)?.clear();
    onToggle(name, now);
    live?.follow(topics());
    overlay?.ask();
  }
  box.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[data-layer]") : null;
    if (button instanceof HTMLElement) toggle(button.dataset.layer ?? "");
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "l" && !typing(event)) buttons[0]?.focus();
  });

  /** @param {CanvasRenderingContext2D} ctx @param {import("./overlay.js").Placer} placer */
  function draw(ctx, placer) {
    drawn = [];
    const { zoom } = placer;
    const inside = (/** @type {{ mx: number, my: number }} */ point) => {
      const [x, y] = [placer.x(point), placer.y(point)];
      return x > -30 && y > -30 && x < placer.width + 30 && y < placer.height + 30;
    };
    under?.(ctx, placer);
    if (on.has("emergencies") && zoom > 10.5)
      for (const bed of beds) if (inside(bed)) marks.hospital(ctx, placer.x(bed), placer.y(bed));
    /** @type {number[][]} */
    const taken = [];
    for (const [layer, model] of models) {
      if (!on.has(layer)) continue;
      let points = [...model.points.values()].filter(inside);
      if (layer === "vehicles" && shown_types.size > 0)
        points = points.filter(({ row }) => shown_types.has(row.vehicle_type ?? "other"));
      const kept = selected?.layer === layer ? selected.id : "";
      const { single, clusters } =
        layer === "vehicles" ? grouped(points, zoom, kept) : { single: points, clusters: [] };
      // What is old lies below what is fresh, and the chosen one above all.
      const rank = (/** @type {Point} */ { id, stale }) => (id === kept ? 2 : stale ? 0 : 1);
      for (const point of single.sort((a, b) => rank(a) - rank(b))) {
        const [x, y] = [placer.x(point), placer.y(point)];
        const r =
          layer === "vehicles"
            ? marks.vehicle(ctx, point, x, y, zoom, serverNow() - point.as_of_ms)
            : layer === "emergencies"
              ? marks.emergency(ctx, point, x, y)
              : marks.tag(ctx, layer, point, x, y, zoom, taken);
        if (is(selected, layer, point.id)) marks.ring(ctx, x, y, r);
        else if (is(hovered, layer, point.id)) marks.ring(ctx, x, y, r, false);
        drawn.push({ x, y, r, layer, point, mx: point.mx, my: point.my, n: 1 });
      }
      for (const { n, mx, my } of clusters) {
        const [x, y] = [placer.x({ mx, my }), placer.y({ mx, my })];
        drawn.push({ x, y, r: marks.cluster(ctx, n, x, y), layer, point: null, mx, my, n });
      }
    }
  }

  /** What is drawn at a place of the map, the topmost. */
  const at = (/** @type {number} */ x, /** @type {number} */ y) =>
    drawn.findLast((mark) => Math.hypot(mark.x - x, mark.y - y) <= mark.r + REACH_PX) ?? null;

  function hover(/** @type {Chosen | null} */ next) {
    if (next?.layer === hovered?.layer && next?.id === hovered?.id) return;
    hovered = next;
    overlay?.ask();
  }

  document.addEventListener("arterial:colours", () => {
    marks.readInks();
    overlay?.ask();
  });
  let seen = "";
  const refresh = () => {
    const now = [...models.values()].map(({ version }) => version).join();
    if (now === seen) return;
    seen = now;
    overlay?.ask();
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
          if (!on.has(name)) return;
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
    /** @param {any} opened a map, by WebGL or a picture */
    attach(opened) {
      map = opened;
      marks.readInks();
      overlay = openOverlay(opened.ground, draw);
      overlay.ask();
    },
    /** Something of a layer is at this place of the map: shown, or opened. */
    above(/** @type {number} */ x, /** @type {number} */ y, /** @type {boolean} */ picked) {
      const found = at(x, y);
      if (found === null) {
        hover(null);
        return false;
      }
      const { layer, point } = found;
      if (point === null) {
        if (picked) map?.zoomTo?.(found.mx, found.my, ALONE_FROM_ZOOM);
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
      overlay?.ask();
    },
    showTypes(/** @type {Set<string>} */ types) {
      shown_types = types;
      overlay?.ask();
    },
    /** Each second: what is old looks old. */
    age() {
      for (const model of models.values()) model.age();
      refresh();
    },
    redraw: () => overlay?.ask(),
  };
}
