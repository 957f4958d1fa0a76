/** Keeps the figures of an open road (panel or page) with the stream. */
import { clockTime } from "./clock.js";

const words = {
  free: "Free",
  moderate: "Moderate",
  heavy: "Heavy",
  severe: "Severe",
  closed: "Closed",
  unknown: "No data",
};

/** `m:ss`, as the server writes it. */
const delay = (/** @type {number} */ s) =>
  `${Math.floor(s / 60)}:${String(Math.round(s) % 60).padStart(2, "0")}`;

/** @param {any[]} rows */
export function followRoad(rows) {
  for (const root of document.querySelectorAll("[data-road-now]")) {
    if (!(root instanceof HTMLElement)) continue;
    const row = rows.findLast((r) => r.road_id === root.dataset.roadNow);
    if (row === undefined) continue;
    const put = (/** @type {string} */ name, /** @type {string} */ text) => {
      const at = root.querySelector(`[data-live="${name}"]`);
      if (at) at.textContent = text;
    };
    root.dataset.level = row.congestion_level;
    root.classList.remove("stale");
    root.querySelector(".swatch line")?.setAttribute("class", `stroke l-${row.congestion_level}`);
    root.querySelector(".old")?.remove();
    put("word", words[/** @type {"free"} */ (row.congestion_level)] ?? row.congestion_level);
    put("speed", row.current_speed.toFixed(0));
    put("ratio", row.speed_ratio === null ? "–" : row.speed_ratio.toFixed(2));
    put("as_of", clockTime(Date.parse(row.timestamp)));
    const length_km = Number(root.dataset.length);
    if (length_km > 0 && row.free_flow_speed > 0) {
      put(
        "delay",
        delay(
          Math.max(0, (length_km / Math.max(1, row.current_speed) - length_km / row.free_flow_speed) * 3600),
        ),
      );
    }
  }
}
