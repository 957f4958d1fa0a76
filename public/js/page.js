/** What every page has: theme, clock, keys. Imported by each page's own module. */
import { startClock } from "./clock.js";
import { startTheme } from "./theme.js";

startTheme();
startClock();
// On a narrow phone the rail scrolls: the page that one is on stands in it.
document.querySelector(".rail a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

/** Is a key meant for a field? */
export const typing = (/** @type {KeyboardEvent} */ event) =>
  event.ctrlKey ||
  event.metaKey ||
  event.altKey ||
  (event.target instanceof HTMLElement && /^(input|select|textarea)$/i.test(event.target.tagName));

document.addEventListener("keydown", (event) => {
  if (typing(event) || event.key !== "/") return;
  const search = document.querySelector('input[type="search"]');
  if (search instanceof HTMLInputElement) {
    event.preventDefault();
    search.focus();
  }
});
