/** A road's page: figures follow the stream, the chart has a readout. */
import "./page.js";
import { startCharts } from "./chart.js";
import { startLive } from "./live.js";
import { followRoad } from "./road-now.js";
import { startWhy } from "./why.js";

startCharts();
const followWhy = startWhy();
startLive({
  rows: {
    predictions: () => void askAhead(),
    traffic(rows) {
      followRoad(rows);
      followWhy();
    },
  },
  resync: () => location.reload(),
});

/** A new prediction: the chart, its table and sentence are made anew by the server. */
async function askAhead() {
  const target = document.getElementById("ahead");
  if (!target || document.hidden) return;
  const answer = await fetch(target.dataset.fragment ?? "").catch(() => null);
  if (!answer?.ok) return;
  await globalThis.htmx.swap({
    sourceElement: target,
    target,
    swap: "innerMorph",
    text: await answer.text(),
  });
}
// Where none comes any more it must say so, and what came goes on.
setInterval(() => void askAhead(), 60_000);
document.addEventListener("visibilitychange", () => void askAhead());

// Data grows old though nothing comes: the figures say so.
const STALE_MS = 30_000;
let heard_ms = performance.now();
document.addEventListener("traffic", () => {
  heard_ms = performance.now();
});
setInterval(() => {
  if (performance.now() - heard_ms > STALE_MS)
    document.querySelector("[data-road-now]")?.classList.add("stale");
}, 1000);
