/** "Why is it heavy?": loaded when it is opened, kept in the address, and asked anew when the road reports. */
import { writeUrl } from "./url-state.js";

/** @type {Record<string, string>} */
const questions = {
  free: "Why is it free?",
  moderate: "Why is it moderate?",
  heavy: "Why is it heavy?",
  severe: "Why is it severe?",
  closed: "Why is it closed?",
  unknown: "Why is there no data?",
};

/** History stores an event a moment after it is shown: asked then, the answer has its window, too. */
const SETTLED_MS = 1500;

/** @returns {() => void} to be called when the road has reported */
export function startWhy() {
  const why = document.getElementById("why");
  const body = document.getElementById("why-body");
  if (!(why instanceof HTMLDetailsElement) || !body) return () => {};
  const load = () => void body.dispatchEvent(new CustomEvent("why"));
  why.addEventListener("toggle", () => {
    writeUrl({ why: why.open ? "1" : "" });
    // Opened by the server, it has its answer.
    if (why.open && body.querySelector(".because") === null) load();
  });

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settled;
  return () => {
    const now = document.querySelector("[data-road-now]");
    const summary = why.querySelector("summary");
    const level = now instanceof HTMLElement ? now.dataset.level : undefined;
    if (summary && level !== undefined) summary.textContent = questions[level] ?? summary.textContent;
    clearTimeout(settled);
    if (why.open) settled = setTimeout(load, SETTLED_MS);
    else body.replaceChildren();
  };
}
