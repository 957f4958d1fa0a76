/** The page of predictions: asked for again now and then, other ranges are shown without leaving it, a training can be started. */
import "./page.js";
import { polled } from "./polled.js";
import { startRunJob } from "./run-job.js";

/** Predictions come each minute; a training tells how far it is more often. */
const EVERY_MS = 15_000;
const region = /** @type {HTMLElement} */ (document.getElementById("predictions"));
const { show } = polled(region, EVERY_MS);
startRunJob("train-said");

const title = () => {
  const state = /** @type {HTMLElement} */ (region.firstElementChild)?.dataset.title;
  if (state) document.title = `${state} · Arterial`;
};
new MutationObserver(title).observe(region, { subtree: true, attributeFilter: ["data-title"] });

region.addEventListener("click", (event) => {
  if (!(event instanceof MouseEvent) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target instanceof Element ? event.target.closest("a[href^='/predictions']") : null;
  const href = link?.getAttribute("href");
  if (!href) return;
  event.preventDefault();
  void go(href);
});
region.addEventListener("change", (event) => {
  if (event.target instanceof HTMLSelectElement) event.target.form?.requestSubmit();
});
region.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.id === "operator") return;
  event.preventDefault();
  const parameters = new URLSearchParams();
  for (const [name, value] of new FormData(form))
    if (typeof value === "string" && value !== "") parameters.set(name, value);
  const text = parameters.toString();
  void go(text === "" ? "/predictions" : `/predictions?${text}`);
});

async function go(/** @type {string} */ href) {
  // What a script cannot get, the browser tells better.
  if (!(await show(href.replace("/predictions", "/fragments/predictions")))) return location.assign(href);
  history.pushState(null, "", href);
}
addEventListener(
  "popstate",
  () => void show(location.href.replace("/predictions", "/fragments/predictions")),
);
