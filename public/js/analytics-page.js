/** The page of analytics: another range is shown without leaving the page, panels are asked for again, a drag zooms. */
import "./page.js";
import { startBrush } from "./brush.js";
import { clockTime, serverNow } from "./clock.js";

/** Panels change with each new window; a panel that did not come is asked for sooner. */
const [EVERY_MS, AGAIN_MS] = [60_000, 5_000];
const region = /** @type {HTMLElement} */ (document.getElementById("analytics"));
let shown = 0;

const content = () => /** @type {HTMLElement | null} */ (region.firstElementChild);

/** @param {string} href an address of this page @param {boolean} [step] whether "back" undoes it */
async function show(href, step = true) {
  const ask = ++shown;
  region.setAttribute("aria-busy", "true");
  const answer = await fetch(href.replace("/analytics", "/fragments/analytics")).catch(() => null);
  if (ask !== shown) return;
  region.removeAttribute("aria-busy");
  // What a script cannot get, the browser tells better.
  if (!answer?.ok) {
    location.assign(href);
    return;
  }
  await swap(region, await answer.text());
  const now = content();
  if (now?.dataset.title) document.title = `${now.dataset.title} · Arterial`;
  if (step) history.pushState(null, "", now?.dataset.url ?? href);
}

/** @param {HTMLElement} target @param {string} text */
const swap = (target, text) =>
  globalThis.htmx.swap({ sourceElement: target, target, swap: "innerMorph", text });

region.addEventListener("click", (event) => {
  if (!(event instanceof MouseEvent) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const href = link?.getAttribute("href") ?? "";
  if (!link || link.closest(".panel-links") || !/^\/analytics(\?|$)/.test(href)) return;
  event.preventDefault();
  void show(href);
});

region.addEventListener("submit", (event) => {
  if (!(event.target instanceof HTMLFormElement)) return;
  event.preventDefault();
  void show(addressOf(event.target));
});

region.addEventListener("change", (event) => {
  const select = event.target;
  if (select instanceof HTMLSelectElement && select.name === "corridor") select.form?.requestSubmit();
});

/** What the form asks for, as short as can be. @param {HTMLFormElement} form @param {Record<string, string>} [change] */
function addressOf(form, change = {}) {
  const params = new URLSearchParams();
  for (const [name, value] of new FormData(form))
    if (typeof value === "string" && value !== "") params.append(name, value);
  const weekdays = params.getAll("weekdays");
  params.delete("weekdays");
  if (weekdays.length > 0 && weekdays.length < 7) params.set("weekdays", weekdays.join(","));
  for (const [name, value] of Object.entries(change)) params.set(name, value);
  return `/analytics?${params.toString().replaceAll("%3A", ":").replaceAll("%2C", ",")}`;
}

startBrush(region, (from, to) => {
  const form = region.querySelector("form.filter");
  if (form instanceof HTMLFormElement) void show(addressOf(form, { from, to }));
});

addEventListener("popstate", () => void show(location.pathname + location.search, false));

/** What is pointed at, focused or open does not move. */
const held = (/** @type {Element} */ panel) =>
  document.hidden ||
  panel.matches(":hover") ||
  panel.querySelector("details[open]") !== null ||
  panel.contains(document.activeElement);

/** @param {HTMLElement} panel */
async function again(panel) {
  const place = panel.parentElement;
  const answer = await fetch(panel.dataset.fragment ?? "").catch(() => null);
  if (!place?.isConnected || panel.parentElement !== place) return;
  if (answer?.ok) {
    await swap(place, await answer.text());
    return;
  }
  // It keeps what it has, greyed, and says since when.
  if (panel.classList.contains("old") || panel.classList.contains("without")) return;
  panel.classList.add("old");
  const said = Object.assign(document.createElement("p"), {
    className: "note",
    textContent: `No answer since ${clockTime(serverNow())}: these figures are from before.`,
  });
  said.setAttribute("role", "status");
  panel.querySelector("header")?.after(said);
}

const panelsBy = (/** @type {string} */ selector) =>
  /** @type {HTMLElement[]} */ ([...region.querySelectorAll(selector)]);
setInterval(() => {
  for (const panel of panelsBy("[data-fragment]:not(.without)")) if (!held(panel)) void again(panel);
}, EVERY_MS);
const soon = () => {
  if (!document.hidden) for (const panel of panelsBy("[data-again]")) void again(panel);
};
setInterval(soon, AGAIN_MS);
soon();
