/** The page of air: locations and curves are asked for again, and a location is chosen without leaving the page. */
import "./page.js";
import { polled } from "./polled.js";

/** Locations report every few minutes. */
const EVERY_MS = 15_000;
const region = /** @type {HTMLElement} */ (document.getElementById("air"));
const { show } = polled(region, EVERY_MS);

const title = () => {
  const state = /** @type {HTMLElement} */ (region.firstElementChild)?.dataset.title;
  if (state) document.title = `${state} · Arterial`;
};
new MutationObserver(title).observe(region, { subtree: true, attributeFilter: ["data-title"] });

region.addEventListener("click", (event) => {
  if (!(event instanceof MouseEvent) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target instanceof Element ? event.target.closest("a[data-location], .spans a") : null;
  const href = link?.getAttribute("href");
  if (!href) return;
  event.preventDefault();
  void choose(href);
});

async function choose(/** @type {string} */ href) {
  if (!(await show(href.replace("/air", "/fragments/air").replace(/#.*/, "")))) return;
  history.pushState(null, "", href);
  document.getElementById("location")?.scrollIntoView({ block: "nearest" });
}
addEventListener("popstate", () => location.reload());
