/** The same map without WebGL: the server's SVG with links, its strokes kept with the stream by their classes. */
import { LEVELS } from "./roads-model.js";

/** @param {{ element: HTMLElement, model: import("./roads-model.js").RoadsModel, onHover: (place: number | null, x: number, y: number) => void, onPick: (place: number | null) => void }} options */
export async function openPictureMap({ element, model, onHover, onPick }) {
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
  element.addEventListener("click", (event) => {
    const place = placeOf(event);
    if (place === null || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    onPick(place);
  });
  element.addEventListener("mousemove", (event) => {
    const box = element.getBoundingClientRect();
    onHover(placeOf(event), event.clientX - box.left, event.clientY - box.top);
  });
  element.addEventListener("mouseleave", () => onHover(null, 0, 0));

  const marks = { hover: -1, select: -1 };
  return {
    update(/** @type {Iterable<number>} */ places) {
      for (const place of places) {
        const { level, stale, as_of_ms } = model.roads[place];
        const path = links.get(place)?.firstElementChild;
        path?.setAttribute(
          "class",
          `stroke l-${LEVELS[as_of_ms === 0 ? LEVELS.length - 1 : level]}${stale && as_of_ms > 0 ? " stale" : ""}`,
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
    reveal() {},
  };
}
