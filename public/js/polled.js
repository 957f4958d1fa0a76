/** A region that is asked for again now and then, and the truth about how fresh it is. */
import { titleLost } from "./title.js";

/**
 * @typedef {object} Polled
 * @property {(fragment: string) => Promise<boolean>} show asks for an address and puts it in place; false where it failed
 */

/**
 * @param {HTMLElement} region holds one element with `data-fragment`, its own address
 * @param {number} every_ms
 * @param {() => boolean} [wanted] asked before each time
 * @returns {Polled}
 */
export function polled(region, every_ms, wanted = () => true) {
  let asked = 0;
  let old_since = "";

  const current = () => /** @type {HTMLElement} */ (region.firstElementChild)?.dataset.fragment;
  /** What is pointed at or focused does not move. */
  const held = () =>
    document.hidden || region.querySelector(".scroll:hover") !== null || inUse(document.activeElement);
  const inUse = (/** @type {Element | null} */ element) =>
    element !== null && region.contains(element) && element !== region;

  async function show(/** @type {string} */ fragment) {
    const ask = ++asked;
    const answer = await fetch(fragment).catch(() => null);
    if (ask !== asked) return true;
    said(answer?.ok === true);
    if (!answer?.ok) return false;
    const text = await answer.text();
    const open = [...region.querySelectorAll("details")].map((element) => element.open);
    await globalThis.htmx.swap({ sourceElement: region, target: region, swap: "innerMorph", text });
    region.querySelectorAll("details").forEach((element, i) => (element.open = open[i] ?? false));
    return true;
  }

  /** A region whose answer did not come keeps what it has, greyed, and says since when. */
  function said(/** @type {boolean} */ good) {
    region.classList.toggle("old", !good);
    titleLost(!good);
    const connection = document.getElementById("connection");
    const word = document.getElementById("connection-word");
    if (!connection || !word) return;
    if (good) old_since = "";
    else if (old_since === "") old_since = document.getElementById("clock")?.textContent ?? "";
    connection.hidden = false;
    connection.dataset.state = good ? "live" : "reconnecting";
    word.textContent = good ? `each ${every_ms / 1000} s` : `no answer since ${old_since}`;
  }

  setInterval(() => {
    const fragment = current();
    if (fragment !== undefined && wanted() && !held()) void show(fragment);
  }, every_ms);
  if (wanted()) said(true);
  return { show };
}
