/** The live map: first byte, weight, frames a second while every road changes each second; beside the same of an empty answer. */
import { freshFolder, removeFolder, startInstance } from "../test/instance.ts";
import { chromiumPath, launchBrowser, mapReady, missing, openTab } from "../test/browser.ts";

const ASKED = 200;
const FRAMES_S = 15;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const dir = freshFolder("bench-page");
// Ten times the demo's rate: each road once a second.
const instance = await startInstance({ dir, env: { SIMULATOR_RATE: "10", SEED_HOURS: "0" } });
await Bun.sleep(12_000);

async function firstByte(path: string): Promise<string> {
  const times: number[] = [];
  for (let i = 0; i < ASKED; i++) {
    const began = performance.now();
    const response = await fetch(instance.url + path);
    const reader = response.body!.getReader();
    await reader.read();
    times.push(performance.now() - began);
    await reader.cancel();
    await Bun.sleep(10);
  }
  times.sort((a, b) => a - b);
  return `p50 ${times[ASKED / 2]!.toFixed(1)}, p99 ${times[Math.floor(ASKED * 0.99)]!.toFixed(1)}, max ${times.at(-1)!.toFixed(1)} ms`;
}

say(`first byte of /            ${await firstByte("/")}`);
say(`first byte of /healthz     ${await firstByte("/healthz")}`);

/** A script for the page: frames drawn in so many seconds, and the longest wait for one, ms. */
const countFrames = (seconds: number): string => `new Promise((done) => {
  const began = performance.now();
  let [count, last, worst] = [0, began, 0];
  const step = (now) => {
    count++;
    worst = Math.max(worst, now - last);
    last = now;
    if (now - began < ${seconds * 1_000}) requestAnimationFrame(step);
    else done({ count, worst });
  };
  requestAnimationFrame(step);
})`;

if (chromiumPath() === null) say(missing);
else {
  const browser = await launchBrowser();
  const { page, close } = await openTab(browser);
  const bytes = new Map<string, number>();
  page.on("response", async (response) => {
    const sizes = await response
      .request()
      .sizes()
      .catch(() => null);
    if (sizes !== null) bytes.set(new URL(response.url()).pathname, sizes.responseBodySize);
  });
  await page.goto(`${instance.url}/`);
  await mapReady(page);
  await page.waitForTimeout(3_000);
  const sum = (of: (path: string) => boolean): string => {
    const total = [...bytes]
      .filter(([path]) => of(path) && path !== "/live")
      .reduce((all, [, n]) => all + n, 0);
    return `${(total / 1_000).toFixed(1)} KB`;
  };
  const map = (path: string): boolean => path.includes("maplibre");
  const city = (path: string): boolean => path.startsWith("/city/");
  say(
    `weight, compressed         page, styles, scripts ${sum((p) => !map(p) && !city(p))}; the city's geometry ${sum(city)} (kept for ever); map library ${sum(map)}`,
  );
  const frames = await page.evaluate<{ count: number; worst: number }>(countFrames(FRAMES_S));
  await page.evaluate(`document.querySelector("main")?.remove()`);
  const still = await page.evaluate<{ count: number }>(countFrames(5));
  say(
    `frames, 1,247 roads each s ${(frames.count / FRAMES_S).toFixed(1)}/s, longest ${frames.worst.toFixed(0)} ms (WebGL in software)`,
  );
  say(`frames without the map     ${(still.count / 5).toFixed(1)}/s`);
  await close();
  await browser.close();
}
await instance.stop();
removeFolder(dir);
process.exit(0);
