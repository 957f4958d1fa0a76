/** The table keeps itself fresh and filters as one types; rows do not move under a pointer or a focus. */
import "./page.js";

const FRESH_MS = 5_000;
const table = /** @type {HTMLElement} */ (document.getElementById("roads"));
const form = /** @type {HTMLFormElement} */ (document.querySelector("form.filter"));
let asked = 0;

/** @param {string} fragment address of the table's HTML @param {boolean} [step] */
async function show(fragment, step = false) {
  const ask = ++asked;
  const answer = await fetch(fragment).catch(() => null);
  if (ask !== asked) return;
  said(answer?.ok === true);
  if (!answer?.ok) return;
  await globalThis.htmx.swap({
    sourceElement: table,
    target: table,
    swap: "innerMorph",
    text: await answer.text(),
  });
  const url = /** @type {HTMLElement} */ (table.firstElementChild)?.dataset.url ?? "/roads";
  if (url === location.pathname + location.search) return;
  if (step) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
}

/** The table is as fresh as its last answer; one that did not come makes it old, and says so. */
function said(/** @type {boolean} */ good) {
  table.classList.toggle("old", !good);
  const connection = document.getElementById("connection");
  const word = document.getElementById("connection-word");
  if (!connection || !word) return;
  connection.hidden = false;
  connection.dataset.state = good ? "live" : "reconnecting";
  word.textContent = good ? "each 5 s" : "no answer";
}
said(true);

const current = () =>
  /** @type {HTMLElement} */ (table.firstElementChild)?.dataset.fragment ?? "/fragments/roads";
const held = () => document.hidden || table.matches(":hover") || table.contains(document.activeElement);

setInterval(() => {
  if (!held()) void show(current());
}, FRESH_MS);

/** @type {ReturnType<typeof setTimeout> | undefined} */
let typed;
const fromForm = () => {
  const params = new URLSearchParams();
  for (const [name, value] of new FormData(form))
    if (typeof value === "string" && value !== "") params.set(name, value);
  void show(`/fragments/roads?${params}`);
};
form.addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(fromForm, 150);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  fromForm();
});

// Sorting and pages within the page; the address is the same that works without a script.
table.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("thead a, .pages a, .empty a") : null;
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  for (const name of ["sort", "dir"]) {
    const value = new URL(link.href).searchParams.get(name);
    let field = form.querySelector(`input[name="${name}"]`);
    if (value === null) field?.remove();
    else {
      if (!field) {
        field = Object.assign(document.createElement("input"), { type: "hidden", name });
        form.append(field);
      }
      field.setAttribute("value", value);
    }
  }
  void show(link.href.replace("/roads", "/fragments/roads"), true);
});
addEventListener("popstate", () => location.reload());
