/** The pages on moving data without a database, for work on their look: `bun test/pages-dev.ts [port] [hour]`. */
import { browserPlatform } from "./browser-platform.ts";

const [port = "3100", hour = "17.6"] = process.argv.slice(2);
const platform = await browserPlatform({ port: Number(port) });
// A Thursday evening, whatever the clock says: the look of a calm night shows little.
const shift_ms = Date.UTC(2026, 10, 19) + (Number(hour) - 1) * 3_600_000 - Date.now();
await platform.tell(platform.simulated(Date.now() + shift_ms));
await platform.note();
process.stdout.write(`${platform.url}\n`);
let turn = 0;
const move = async (): Promise<void> => {
  const all = platform.simulated(Date.now() + shift_ms);
  await platform.tell(all.filter((_, i) => i % 10 === turn));
  turn = (turn + 1) % 10;
  await platform.note();
};
setInterval(() => void move(), 1_000);
