/** A drag over a time axis chooses a span of it; the fields of the form do the same by keys. */

/**
 * @param {HTMLElement} region holds charts with `data-brush`, `data-from`, `data-to`, `data-step` in ms
 * @param {(from: string, to: string) => void} choose whole instants, UTC
 */
export function startBrush(region, choose) {
  /** @type {{ svg: SVGSVGElement, start: number, rect: SVGRectElement } | null} */
  let drag = null;

  region.addEventListener("pointerdown", (event) => {
    const svg = event.target instanceof Element ? event.target.closest("svg[data-brush]") : null;
    if (!(svg instanceof SVGSVGElement) || event.button !== 0) return;
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.classList.add("brush");
    rect.setAttribute("y", "20");
    rect.setAttribute("height", "190");
    svg.append(rect);
    svg.setPointerCapture(event.pointerId);
    drag = { svg, start: shareAt(svg, event), rect };
  });
  region.addEventListener("pointermove", (event) => {
    if (drag === null) return;
    const [low, high] = ends(drag.start, shareAt(drag.svg, event));
    drag.rect.setAttribute("x", `${low * 100}%`);
    drag.rect.setAttribute("width", `${(high - low) * 100}%`);
  });
  const end = (/** @type {PointerEvent} */ event) => {
    if (drag === null) return;
    const { svg, start, rect } = drag;
    drag = null;
    rect.remove();
    if (event.type === "pointercancel") return;
    const [low, high] = ends(start, shareAt(svg, event));
    const { from, to, step } = svg.dataset;
    const [begin, length] = [Number(from), Number(to) - Number(from)];
    // A click is no choice; a choice is whole steps.
    if ((high - low) * length < Number(step) / 2) return;
    const snap = (/** @type {number} */ share) =>
      begin + Math.round((share * length) / Number(step)) * Number(step);
    const [first, last] = [snap(low), Math.max(snap(high), snap(low) + Number(step))];
    choose(instant(first), instant(last));
  };
  region.addEventListener("pointerup", end);
  region.addEventListener("pointercancel", end);
}

/** @param {SVGSVGElement} svg @param {PointerEvent} event */
function shareAt(svg, event) {
  const box = svg.getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
}

const ends = (/** @type {number} */ a, /** @type {number} */ b) => [Math.min(a, b), Math.max(a, b)];
const instant = (/** @type {number} */ ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
