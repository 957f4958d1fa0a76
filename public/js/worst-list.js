/**
 * The list that is the accessible map: hover and focus light a road, j and k (or arrows) walk, Enter opens. While somebody points
 * at it or stands in it nothing moves: rows keep their places and only their figures change.
 */
import { typing } from "./page.js";

/** @param {{ onLight: (id: string | null) => void, onOpen: (id: string, from: HTMLElement) => void }} handlers */
export function startList({ onLight, onOpen }) {
  const found = document.getElementById("worst-list");
  if (!found) return;
  const list = found;
  const linkOf = (/** @type {EventTarget | null} */ target) =>
    target instanceof Element ? target.closest("a[data-road]") : null;
  const links = () =>
    /** @type {HTMLElement[]} */ (
      [...list.querySelectorAll("a[data-road]")].filter(
        (a) => a instanceof HTMLElement && a.offsetParent !== null,
      )
    );

  let pointed = false;
  list.addEventListener("pointerover", (event) => {
    pointed = event.pointerType === "mouse";
    onLight(linkOf(event.target)?.dataset.road ?? null);
  });
  list.addEventListener("pointerleave", () => {
    pointed = false;
    onLight(linkOf(document.activeElement)?.dataset.road ?? null);
  });
  list.addEventListener("focusin", (event) => onLight(linkOf(event.target)?.dataset.road ?? null));
  list.addEventListener("focusout", () => onLight(null));
  list.addEventListener("click", (event) => {
    const link = linkOf(event.target);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen(link.dataset.road ?? "", link);
  });

  document.addEventListener("keydown", (event) => {
    if (typing(event)) return;
    const inside = list.contains(document.activeElement);
    const step =
      event.key === "j" || (inside && event.key === "ArrowDown")
        ? 1
        : event.key === "k" || (inside && event.key === "ArrowUp")
          ? -1
          : 0;
    if (step === 0) return;
    event.preventDefault();
    const all = links();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next =
      all[at === -1 ? (step === 1 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  });

  // The stream's next list is taken out of the message while the list is held, and its figures are put in place by hand.
  document.addEventListener("htmx:sse:before:message", (event) => {
    const { message } = /** @type {CustomEvent} */ (event).detail;
    if (message.event || !(pointed || list.contains(document.activeElement))) return;
    // Of the past, or with differences, it is filled by others.
    if (document.body.matches(".in-past, .comparing")) return;
    message.data = message.data.replace(
      /<hx-partial hx-target="#worst-list"[^]*?<\/hx-partial>/,
      (/** @type {string} */ partial) => {
        fill(partial);
        return "";
      },
    );
  });

  function fill(/** @type {string} */ partial) {
    const next = new DOMParser().parseFromString(
      `<ol>${partial.replace(/<\/?hx-partial[^>]*>/g, "")}</ol>`,
      "text/html",
    );
    for (const row of list.children) {
      const fresh = next.getElementById(row.id);
      row.classList.toggle("left", fresh === null);
      if (fresh === null) continue;
      row.setAttribute("data-level", fresh.dataset.level ?? "");
      const [before, after] = [row.querySelector("a"), fresh.querySelector("a")];
      if (before && after) before.replaceChildren(...after.childNodes);
    }
  }
}
