/** The same map without WebGL: the server's SVG with links, its strokes kept with the stream by their classes. */
import { mercatorX, mercatorY } from "./layers/points-model.js";
import { DIFFS } from "./compare-roads.js";
import { LEVELS } from "./roads-model.js";

/** @param {import("./city-map.js").MapOptions} options */
export async function openPictureMap({ element, model, bounds, above, onHover, onPick }) {
  /** @type {any} */
  let current = model;
  const answer = await fetch("/city/now.svg");
  const picture = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  element.replaceChildren(document.adoptNode(picture));
  element.classList.add("as-picture");
  /** @type {Map<number, Element>} */
  const links = new Map();
  for (const link of element.querySelectorAll("a[data-road]")) {
    const place = model.places.get(link.getAttribute("data-road") ?? "");
    if (place !== undefined) links.set(place, link);
  }
  const placeOf = (/** @type {Event} */ event) =>
    event.target instanceof Element
      ? (model.places.get(event.target.closest("a[data-road]")?.getAttribute("data-road") ?? "") ?? null)
      : null;
  const pixel = (/** @type {MouseEvent} */ event) => {
    const box = element.getBoundingClientRect();
    return /** @type {const} */ ([event.clientX - box.left, event.clientY - box.top]);
  };
  element.addEventListener("click", (event) => {
    if (event.detail > 0 && above(...pixel(event), true)) {
      event.preventDefault();
      return;
    }
    const place = placeOf(event);
    if (place === null || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    onPick(place);
  });
  element.addEventListener("mousemove", (event) => {
    if (!above(...pixel(event), false)) onHover(placeOf(event), ...pixel(event));
  });
  element.addEventListener("mouseleave", () => onHover(null, 0, 0));

  const marks = { hover: -1, select: -1 };
  return {
    update(/** @type {Iterable<number>} */ places) {
      for (const place of places) {
        const { level, stale, as_of_ms } = current.roads[place];
        const path = links.get(place)?.firstElementChild;
        path?.setAttribute(
          "class",
          current.comparing
            ? `stroke d-${DIFFS[current.diffs[place]] ?? "none"}`
            : `stroke l-${LEVELS[as_of_ms === 0 ? LEVELS.length - 1 : level]}${stale && as_of_ms > 0 ? " stale" : ""}`,
        );
      }
    },
    mark(/** @type {"hover" | "select"} */ kind, /** @type {number | null} */ place) {
      links.get(marks[kind])?.classList.remove(kind);
      marks[kind] = place ?? -1;
      links.get(marks[kind])?.classList.add(kind);
    },
    hide(/** @type {Set<string>} */ levels) {
      for (const level of LEVELS) element.classList.toggle(`hide-${level}`, levels.has(level));
    },
    showRoads(/** @type {boolean} */ shown) {
      element.classList.toggle("without-roads", !shown);
    },
    /** @param {any} roads as of the map */
    follow(roads) {
      current = roads;
    },
    // Differences are classes of their own.
    compare() {},
    ground: groundOf(element, /** @type {any} */ (picture), bounds),
    reveal() {},
    revealAt() {},
    zoomTo() {},
  };
}

/** What the layers lie on: the server's projection, which is linear in degrees, and how the browser has fitted it in. */
const groundOf = (
  /** @type {HTMLElement} */ host,
  /** @type {SVGSVGElement} */ picture,
  /** @type {[number, number, number, number]} */ [west, south, east, north],
) => ({
  host,
  placer() {
    const matrix = picture.getScreenCTM() ?? new DOMMatrix();
    const box = host.getBoundingClientRect();
    const { width: units_x, height: units_y } = picture.viewBox.baseVal;
    const [left, right, top, bottom] = [mercatorX(west), mercatorX(east), mercatorY(north), mercatorY(south)];
    const [wide, high] = [units_x * matrix.a, units_y * matrix.d];
    return {
      x: (/** @type {{ mx: number }} */ { mx }) =>
        matrix.e - box.left + ((mx - left) / (right - left)) * wide,
      // Over one city the two projections differ by about a pixel.
      y: (/** @type {{ my: number }} */ { my }) => matrix.f - box.top + ((my - top) / (bottom - top)) * high,
      zoom: Math.log2(wide / (right - left) / 512),
      width: host.clientWidth,
      height: host.clientHeight,
    };
  },
  onMove: (/** @type {() => void} */ moved) => host.addEventListener("scroll", moved),
});
