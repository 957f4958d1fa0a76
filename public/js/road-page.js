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
    traffic(rows) {
      followRoad(rows);
      followWhy();
    },
  },
  resync: () => location.reload(),
});

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
