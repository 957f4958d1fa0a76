/**
 * The METR-LA recording through the command line: two days of it at full speed as a backfill, its first hours on its own time. All of it
 * goes through the door in `src/sources/replay/replay.test.ts`, and into the tables in `metr-la.test.ts`.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatInstant } from "../src/core/time.ts";
import { shiftToNow } from "../src/sources/replay/replay.ts";
import { freePort, freshFolder, removeFolder, startInstance } from "./instance.ts";

const ROOT = join(import.meta.dir, "..");
const FILE = join(ROOT, "../shared/data/metr-la/speed_mph.csv");
const here = existsSync(FILE);
if (!here)
  process.stdout.write("The METR-LA recording is not at ../shared/data/metr-la: its replay is skipped\n");

/** Two days. */
const ROWS = 576;
const KMH = 1.609344;
/** Row 0 is Thursday 2012-03-01 00:00 in Los Angeles, UTC−8 until the 11th. */
const START_MS = Date.UTC(2012, 2, 1, 8);
const STEP_MS = 300_000;

const folders: string[] = [];
const folder = (name: string): string => {
  const dir = freshFolder(name);
  folders.push(dir);
  return dir;
};
afterAll(() => folders.forEach(removeFolder));

const replay = (file: string, dir: string, port: number, ...args: string[]) =>
  Bun.spawn(
    [
      process.execPath,
      join(ROOT, "src/replay.ts"),
      file,
      "--stream",
      "traffic",
      "--mapping",
      join(ROOT, "docs/mappings/metr-la.json"),
      ...args,
    ],
    {
      cwd: ROOT,
      env: {
        PATH: process.env["PATH"] ?? "",
        DATA_DIR: dir,
        PORT: String(port),
        FEEDS: "none",
        SEED_HOURS: "0",
        HISTORY_DAYS: "3650",
      },
      stdout: "pipe",
      stderr: "inherit",
    },
  );

interface Rows {
  data: Record<string, unknown>[];
  meta: Record<string, unknown>;
}
const get = async (url: string): Promise<Rows> => (await (await fetch(url)).json()) as Rows;
const round = (n: number): number => Math.round(n * 100) / 100;

describe.skipIf(!here)("METR-LA", () => {
  const [header, ...lines] = here ? readFileSync(FILE, "utf8").trim().split("\n") : [""];
  const sensors = header!.split(",");
  const mph = (row: number, sensor: string): number =>
    Number(lines[row]!.split(",")[sensors.indexOf(sensor)]);

  test("at full speed: two days are 119,232 events, each window as the CSV has it, a ledger that adds up", async () => {
    const dir = folder("metr-la");
    const two_days = join(folder("metr-la-part"), "speed_mph.csv");
    copyFileSync(join(FILE, "../sensor_locations.csv"), join(two_days, "../sensor_locations.csv"));
    writeFileSync(two_days, [header, ...lines.slice(0, ROWS)].join("\n"));
    const command = replay(two_days, dir, 0);
    expect(await command.exited).toBe(0);
    expect(await new Response(command.stdout).text()).toContain("119,232 events accepted, 0 refused");

    const shift_ms = shiftToNow(START_MS + (ROWS - 1) * STEP_MS, Date.now());
    const instance = await startInstance({
      dir,
      env: { FEEDS: "none", SEED_HOURS: "0", HISTORY_DAYS: "3650" },
    });
    const [ledger] = (await get(`${instance.url}/api/streams`)).data;
    expect(ledger).toMatchObject({
      consumed: 119_232,
      stored: 119_232,
      duplicate: 0,
      dead: 0,
      late: 0,
      ledger_difference: 0,
    });
    for (const [sensor, row] of [
      ["773869", 0],
      ["767541", 100],
      ["717447", 405],
      [sensors.at(-1)!, ROWS - 1],
      [sensors[100]!, 300],
    ] as const) {
      const at_ms = START_MS + row * STEP_MS + shift_ms;
      const span = `from=${formatInstant(at_ms)}&to=${formatInstant(at_ms + STEP_MS)}`;
      const [window] = (await get(`${instance.url}/api/traffic/history/${sensor}?step=5m&${span}`)).data;
      const [event] = (await get(`${instance.url}/api/traffic/history/${sensor}?${span}`)).data;
      expect(window).toMatchObject({
        window_start: formatInstant(at_ms),
        n: 1,
        current_speed_mean: round(mph(row, sensor) * KMH),
      });
      expect(event).toMatchObject({
        road_id: sensor,
        timestamp: formatInstant(at_ms),
        free_flow_speed: round(65 * KMH),
      });
    }
    await instance.stop();
  }, 180_000);

  test("its first hours on its own time: the live view is the recording's now, its sensors have places", async () => {
    const port = await freePort();
    const command = replay(FILE, folder("metr-la-clock"), port, "--speed", "1200", "--clock");
    const url = `http://127.0.0.1:${port}`;
    // Three hours of the recording have gone by.
    const until_ms = START_MS + 3 * 3_600_000;
    let now: Rows = { data: [], meta: {} };
    for (let tries = 0; Date.parse(String(now.meta["as_of"])) < until_ms || now.data.length < 207; tries++) {
      expect(tries).toBeLessThan(600);
      await Bun.sleep(100);
      // While it is starting, that is what it answers.
      const answer = await get(`${url}/api/traffic/current`).catch(() => now);
      if ("meta" in answer) now = answer;
    }
    expect(now.meta).toMatchObject({ layer: "speed", stale: false });
    for (const row of now.data) {
      const step = (Date.parse(String(row["timestamp"])) - START_MS) / STEP_MS;
      expect([row["road_id"], row["current_speed"]]).toEqual([
        row["road_id"],
        round(mph(step, String(row["road_id"])) * KMH),
      ]);
      expect(Math.abs((row["latitude"] as number) - 34)).toBeLessThan(0.5);
      expect(Math.abs((row["longitude"] as number) + 118.3)).toBeLessThan(0.5);
    }
    command.kill("SIGINT");
    expect(await command.exited).toBe(0);
  }, 120_000);
});
