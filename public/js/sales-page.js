/** The page of sales: figures follow the stream's notes; the trend is asked for again by itself. */
import "./page.js";
import { startLive } from "./live.js";

startLive({ resync: () => location.reload() });

const sentence = document.getElementById("sales-sentence");
if (sentence)
  new MutationObserver(() => {
    const words = sentence.textContent?.match(/^[−\d,.]+/)?.[0];
    document.title = words ? `● ${words} in the last hour · Arterial` : "○ nothing sold · Arterial";
  }).observe(sentence, { characterData: true, childList: true, subtree: true });
