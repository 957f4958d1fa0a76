/** The page of raw rows: refreshed only where one asked for it; another stream is shown as soon as it is chosen. */
import "./page.js";
import { polled } from "./polled.js";
import { writeUrl } from "./url-state.js";

const EVERY_MS = 5_000;
const follow = /** @type {HTMLInputElement} */ (document.getElementById("follow"));
const form = /** @type {HTMLFormElement} */ (document.querySelector("form.filter"));
const region = /** @type {HTMLElement} */ (document.getElementById("data"));
const label = follow.closest("label");
if (label) label.hidden = false;

const { show } = polled(region, EVERY_MS, () => follow.checked);

follow.addEventListener("change", () => {
  writeUrl({ live: follow.checked ? "1" : "" });
  const connection = document.getElementById("connection");
  if (!follow.checked && connection) connection.hidden = true;
  const fragment = /** @type {HTMLElement} */ (region.firstElementChild)?.dataset.fragment;
  if (follow.checked && fragment) void show(fragment);
});

// A key is one stream's: another stream is shown whole.
form.elements.namedItem("stream")?.addEventListener("change", () => {
  const key = form.elements.namedItem("key");
  if (key instanceof HTMLInputElement) key.value = "";
  form.requestSubmit();
});
// What is left empty has no place in the address.
form.addEventListener("formdata", (event) => {
  for (const name of ["key", "from", "to"]) if (event.formData.get(name) === "") event.formData.delete(name);
  if (follow.checked) event.formData.set("live", "1");
});
