/** The list of vehicles: kept with the stream; rows keep their places while one points at them or stands among them. */
import { serverNow, span } from "./clock.js";
import { vehicleGroup, vehicleLetter, vehicleName, vehicleType, vehicleWords } from "./layers/kinds.js";

/** As many as the server lists. */
const ROWS_MAX = 100;
const byName = new Intl.Collator("en", { numeric: true });

/** @typedef {import("./layers/points-model.js").Point} Point */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const part = (/** @type {string} */ className, text = "") =>
  Object.assign(document.createElement("span"), { className, textContent: text });

/** The first ones by name. Of 20,000 nearly all are left out by one comparison: to sort them would cost a quarter of each second. @param {readonly Point[]} points */
function firstByName(points) {
  /** @type {Point[]} */
  const kept = [];
  for (const point of points) {
    const name = vehicleName(point.row);
    const before = (/** @type {Point} */ other) => byName.compare(vehicleName(other.row), name) <= 0;
    const last = kept.at(-1);
    if (kept.length === ROWS_MAX && last !== undefined && before(last)) continue;
    kept.splice(kept.findLastIndex(before) + 1, 0, point);
    kept.length = Math.min(kept.length, ROWS_MAX);
  }
  return kept;
}

/** @param {{ model: import("./layers/points-model.js").PointsModel, types: Set<string>, onOpen: (id: string, from: HTMLElement) => void, onLight: (id: string | null) => void, onTypes: (types: Set<string>) => void }} options */
export function startVehicleList({ model, types, onOpen, onLight, onTypes }) {
  const [list, chips, more, none] = [$("vehicles"), $("types"), $("more-vehicles"), $("no-vehicles")];
  let order = "";
  let selected = "";

  const linkOf = (/** @type {EventTarget | null} */ target) =>
    target instanceof Element ? target.closest("a[data-vehicle]") : null;
  list.addEventListener("click", (event) => {
    const link = linkOf(event.target);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen(link.dataset.vehicle ?? "", link);
  });
  for (const name of ["pointerover", "focusin"])
    list.addEventListener(name, (event) => onLight(linkOf(event.target)?.dataset.vehicle ?? null));
  for (const name of ["pointerleave", "focusout"]) list.addEventListener(name, () => onLight(null));
  chips.addEventListener("click", (event) => {
    const chip = event.target instanceof Element ? event.target.closest("button[data-type]") : null;
    if (!(chip instanceof HTMLElement)) return;
    const type = chip.dataset.type ?? "";
    if (!types.delete(type)) types.add(type);
    onTypes(types);
    update(true);
  });

  /** @param {Point} point */
  function made({ id, row }) {
    const link = document.createElement("a");
    link.href = `/vehicles?vehicle=${encodeURIComponent(id)}`;
    link.dataset.vehicle = id;
    const badge = part(`badge v-${vehicleGroup(row)}`, vehicleLetter(row));
    badge.setAttribute("aria-hidden", "true");
    link.append(
      badge,
      part("name", vehicleName(row)),
      part("word", vehicleWords(row)),
      part("n"),
      part("n age"),
    );
    const item = document.createElement("li");
    item.append(link);
    return item;
  }

  function count() {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const { row } of model.points.values())
      counts.set(vehicleType(row), (counts.get(vehicleType(row)) ?? 0) + 1);
    // A type that is chosen stays, though none is there: else it could not be let go.
    for (const type of types) if (!counts.has(type)) counts.set(type, 0);
    for (const chip of Array.from(chips.children))
      if (chip instanceof HTMLElement && !counts.has(chip.dataset.type ?? "")) chip.remove();
    for (const [type, n] of [...counts].sort((a, b) => b[1] - a[1])) {
      let chip = chips.querySelector(`[data-type="${CSS.escape(type)}"]`);
      if (!chip) {
        const badge = part(
          `badge v-${vehicleGroup({ vehicle_type: type })}`,
          vehicleLetter({ vehicle_type: type }),
        );
        badge.setAttribute("aria-hidden", "true");
        chip = Object.assign(document.createElement("button"), { type: "button" });
        chip.setAttribute("data-type", type);
        chip.append(badge, `${type} `, document.createElement("b"));
        chips.append(chip);
      }
      chip.setAttribute("aria-pressed", String(types.has(type)));
      const figure = chip.querySelector("b");
      if (figure) figure.textContent = n.toLocaleString("en-US");
    }
  }

  function update(at_once = false) {
    if (!model.loaded) return;
    count();
    const all = [...model.points.values()].filter(
      ({ row }) => types.size === 0 || types.has(vehicleType(row)),
    );
    const held = !at_once && (list.matches(":hover") || list.contains(document.activeElement));
    if (!held) {
      const shown = firstByName(all);
      const next = shown.map(({ id }) => id).join("\n");
      if (next !== order) {
        order = next;
        list.replaceChildren(...shown.map(made));
        if (shown.length === 0 && model.points.size > 0) {
          const words = "None of the chosen types has reported in the last 10 min.";
          list.append(Object.assign(document.createElement("li"), { className: "note", textContent: words }));
        }
        mark();
      }
    }
    const left = all.length - Math.min(ROWS_MAX, all.length);
    more.textContent =
      left === 0 ? "" : `and ${left.toLocaleString("en-US")} more: choose a type, or look on the map`;
    none.hidden = model.points.size > 0;
    for (const item of list.children) {
      const link = item.firstElementChild;
      if (!(link instanceof HTMLElement)) continue;
      const point = model.points.get(link.dataset.vehicle ?? "");
      item.classList.toggle("left", point === undefined);
      if (point === undefined) continue;
      item.classList.toggle("stale", point.stale);
      const [speed, age] = /** @type {Element[]} */ ([...link.querySelectorAll(".n")]);
      put(speed, typeof point.row.speed === "number" ? String(Math.round(point.row.speed)) : "–");
      put(age, span(serverNow() - point.as_of_ms));
    }
  }

  const put = (/** @type {Element} */ at, /** @type {string} */ text) => {
    if (at.textContent !== text) at.textContent = text;
  };

  function mark() {
    for (const link of list.querySelectorAll("a"))
      link.toggleAttribute("data-selected", link.dataset.vehicle === selected);
  }

  return {
    update,
    select(/** @type {string} */ id) {
      selected = id;
      mark();
    },
  };
}
