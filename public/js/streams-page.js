/** The page of streams: the ledger follows the stream; a button tries dead letters again. */
import "./page.js";
import { startLive } from "./live.js";

startLive({ resync() {} });

document.addEventListener("click", (event) => void replay(event));

async function replay(/** @type {Event} */ event) {
  const button = event.target instanceof Element ? event.target.closest("button[data-replay]") : null;
  if (!(button instanceof HTMLButtonElement)) return;
  button.disabled = true;
  const said = document.getElementById("replay-said");
  const say = (/** @type {string} */ text) => {
    if (said) said.textContent = text;
  };
  try {
    const answer = await fetch("/api/dead-letters/replay", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ids: (button.dataset.replay ?? "").split(" ") }),
    });
    const body = await answer.json();
    if (answer.ok) {
      const skipped = body.data.skipped.map((/** @type {any} */ s) => s.why);
      say(
        `${body.data.replayed.length} replayed${skipped.length === 0 ? "" : `, ${skipped.length} not: ${[...new Set(skipped)].join(", ")}`}. Each is stored, or comes back with its reason.`,
      );
    } else say(`Not replayed: ${body.detail ?? body.title ?? answer.status}`);
  } catch {
    say("Not replayed: the server does not answer.");
  }
  button.disabled = false;
  const place = document.getElementById("dead-letters");
  if (place)
    setTimeout(
      () => globalThis.htmx.ajax("GET", "/fragments/dead-letters", { target: place, swap: "innerMorph" }),
      400,
    );
}
