/**
 * Vehicles on the live map: frames a second and time of the page's main thread, with 1,000 of them that move once a second,
 * beside the same map without them; standing still and while it is panned. WebGL in software.
 */
import { formatInstant } from "../src/core/time.ts";
import { vehicles, vehicleTypes } from "../src/streams/vehicles.ts";
import { chromiumPath, launchBrowser, mapReady, missing, openTab } from "../test/browser.ts";
import { pagesBed } from "../test/pages-bed.ts";

const VEHICLES = 1_000;
const SECONDS = 8;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A script for the page: frames drawn in so many seconds and the longest wait for one, ms; panned a little in each if so. */
const countFrames = (seconds: number, panned: boolean): string => `new Promise((done) => {
  const began = performance.now();
  let [count, last, worst] = [0, began, 0];
  const step = (now) => {
    count++;
    worst = Math.max(worst, now - last);
    last = now;
    if (${panned}) arterial.map.map.panBy([Math.cos(now / 500) * 4, Math.sin(now / 500) * 4], { animate: false });
    if (now - began < ${seconds * 1_000}) requestAnimationFrame(step);
    else done({ count, worst });
  };
  requestAnimationFrame(step);
})`;

const bed = await pagesBed();
const [lng, lat] = bed.city.centre;
const fleet = Array.from({ length: VEHICLES }, (_, i) => ({
  vehicle_id: `vehicle-${i}`,
  vehicle_type: vehicleTypes[i % vehicleTypes.length],
  angle: i * 2.4,
  radius: 0.004 + 0.1 * Math.sqrt((i % 500) / 500),
}));
let turn = 0;
const move = async (): Promise<void> => {
  turn++;
  const timestamp = formatInstant(Date.now());
  await bed.tell(
    vehicles,
    fleet.map(({ angle, radius, ...rest }) => ({
      ...rest,
      timestamp,
      longitude: lng + Math.cos(angle + turn / 100) * radius * 1.4,
      latitude: lat + Math.sin(angle + turn / 100) * radius,
      heading: ((((angle * 180) / Math.PI) % 360) + 360) % 360,
      speed: 40,
    })),
  );
};
await move();
const moving = setInterval(() => void move(), 1_000);

if (chromiumPath() === null) say(missing);
else {
  const browser = await launchBrowser();
  for (const [words, layers, zoom] of [
    ["no vehicles, city", "roads", 10.6],
    [`${VEHICLES} vehicles, city`, "roads,vehicles", 10.6],
    ["no vehicles, district", "roads", 13.2],
    [`${VEHICLES} vehicles, district`, "roads,vehicles", 13.2],
  ] as const) {
    const { page, close } = await openTab(browser);
    await page.goto(`${bed.url}/?layers=${layers}&c=${lng},${lat},${zoom}`);
    await mapReady(page);
    await page.waitForTimeout(4_000);
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const busy_s = async (): Promise<number> =>
      (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration")!
        .value;
    for (const panned of [false, true]) {
      const before_s = await busy_s();
      const frames = await page.evaluate<{ count: number; worst: number }>(countFrames(SECONDS, panned));
      const busy = ((await busy_s()) - before_s) / SECONDS;
      say(
        `${words.padEnd(26)} ${panned ? "panned" : "still "}  ${(frames.count / SECONDS).toFixed(1).padStart(5)} frames/s, longest ${frames.worst.toFixed(0).padStart(4)} ms, main thread ${(busy * 100).toFixed(0).padStart(3)} %`,
      );
    }
    await close();
  }
  await browser.close();
}
clearInterval(moving);
await bed.close();
process.exit(0);
