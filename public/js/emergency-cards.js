/** Cards of emergencies: filled from the stream at once, worst first; while one points at them or stands in them none moves. */
import { clockTime, serverNow, span } from "./clock.js";

const ORDER = ["critical", "high", "medium", "low", "unrated"];
const HOSPITALS_SHOWN = 2;

/** @typedef {import("./layers/points-model.js").Point} Point */
/** @typedef {{ hospital_id: string, name: string, at: [number, number] }} Hospital */

const openedAt = (/** @type {any} */ row) => Date.parse(row.opened_at ?? row.as_of);
const severityOf = (/** @type {any} */ row) => row.severity ?? "unrated";
const worstFirst = (/** @type {Point} */ { row: a }, /** @type {Point} */ { row: b }) =>
  Number(a.status === "closed") - Number(b.status === "closed") ||
  ORDER.indexOf(severityOf(a)) - ORDER.indexOf(severityOf(b)) ||
  openedAt(a) - openedAt(b);

/** As the crow flies, km; flat, right to a percent within a city. */
const apart = (/** @type {Point} */ { lng, lat }, /** @type {[number, number]} */ [to_lng, to_lat]) =>
  Math.hypot((to_lng - lng) * Math.cos((lat * Math.PI) / 180), to_lat - lat) * 111.2;

/** @param {{ model: import("./layers/points-model.js").PointsModel, hospitals: readonly Hospital[], onOpen: (id: string) => void }} options */
export function startCards({ model, hospitals, onOpen }) {
  const list = /** @type {HTMLElement} */ (document.getElementById("calls"));
  const none = /** @type {HTMLElement} */ (document.getElementById("no-calls"));
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("card"));
  let seen = -1;

  list.addEventListener("click", (event) => {
    const card = event.target instanceof Element ? event.target.closest("li[data-emergency]") : null;
    if (card instanceof HTMLElement) onOpen(card.dataset.emergency ?? "");
  });

  const cardOf = (/** @type {string} */ id) =>
    [...list.children].find((card) => card instanceof HTMLElement && card.dataset.emergency === id);

  /** @param {Element} card @param {Point} point */
  function fill(card, point) {
    const { row } = point;
    const put = (/** @type {string} */ slot, /** @type {string} */ text) => {
      const at = card.querySelector(`[data-slot="${slot}"]`);
      if (at && at.textContent !== text) at.textContent = text;
    };
    const opened_ms = openedAt(row);
    card.setAttribute("data-severity", severityOf(row));
    card.setAttribute("data-status", row.status);
    put("severity", severityOf(row));
    put("type", row.emergency_type ?? "Emergency");
    put("status", String(row.status).replaceAll("_", " "));
    put("since", clockTime(opened_ms).slice(0, 5));
    put("age", span(serverNow() - opened_ms));
    put("where", row.address ?? point.id);
    put("ambulance", row.vehicle_id ? `with ${row.vehicle_id}` : "no ambulance yet");
    put("hospitals", hospitalWords(point));
  }

  function hospitalWords(/** @type {Point} */ point) {
    const to = hospitals.find(({ hospital_id }) => hospital_id === point.row.hospital_id);
    if (to) return `to ${to.name}, ${apart(point, to.at).toFixed(1)} km`;
    return hospitals
      .map(({ name, at }) => ({ name, km: apart(point, at) }))
      .sort((a, b) => a.km - b.km)
      .slice(0, HOSPITALS_SHOWN)
      .map(({ name, km }) => `${name} ${km.toFixed(1)} km`)
      .join(" · ");
  }

  return {
    /** What the stream says, and each second what time does. */
    update() {
      if (!model.loaded) return;
      const points = [...model.points.values()].sort(worstFirst);
      const held = list.matches(":hover") || list.contains(document.activeElement);
      if (model.version !== seen) {
        for (const card of Array.from(list.children))
          if (card instanceof HTMLElement && !model.points.has(card.dataset.emergency ?? "")) card.remove();
        for (const { id } of points) {
          if (cardOf(id)) continue;
          const card = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
          card.dataset.emergency = id;
          list.append(card);
        }
        if (!held) {
          const cards = points.map(({ id }) => /** @type {Element} */ (cardOf(id)));
          if (cards.some((card, i) => list.children[i] !== card)) list.replaceChildren(...cards);
          seen = model.version;
        }
      }
      for (const point of points) fill(/** @type {Element} */ (cardOf(point.id)), point);
      none.hidden = points.length > 0;
    },
    select(/** @type {string} */ id) {
      for (const card of list.children) {
        const chosen = card instanceof HTMLElement && card.dataset.emergency === id;
        card.querySelector("button")?.setAttribute("aria-pressed", String(chosen));
        if (chosen) card.scrollIntoView({ block: "nearest" });
      }
    },
  };
}
