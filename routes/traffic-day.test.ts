/** A day of all roads over HTTP: which steps a day has, both shapes, caching, and what is refused. */
import { describe, expect, test } from "bun:test";
import { formatInstant, hours, minutes } from "../src/core/time.ts";
import { ProblemError } from "../src/core/errors.ts";
import { fixture, NOW_MS } from "../test/api-fixture.ts";
import { dayRange } from "./traffic-day.ts";

const { app } = await fixture();
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  Promise.resolve(app.request(`/api/traffic/day${path}`, { headers }));
const at = (text: string): number => Date.parse(text);
const berlin = (asked: Parameters<typeof dayRange>[0], now = "2026-11-21T10:20:30Z") =>
  dayRange(asked, { zone: "Europe/Berlin", size_ms: minutes(5), now_ms: at(now) });
const dayOf = (date: string): string[] => {
  const { from_ms, to_ms } = berlin({ date: at(`${date}T00:00:00Z`) });
  return [formatInstant(from_ms), formatInstant(to_ms)];
};

interface Body {
  data: {
    roads?: string[];
    steps: string[];
    step_s: number;
    ratios?: string;
    roads_hash: string;
    of: string;
  };
  meta: { cursor: string };
}

describe("the steps of a day", () => {
  test("are those of the city's day: 23 hours in spring, 25 in autumn, 24 else", () => {
    expect(dayOf("2026-11-20")).toEqual(["2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z"]);
    expect(dayOf("2026-03-29")).toEqual(["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"]);
    expect(dayOf("2026-10-25")).toEqual(["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"]);
  });

  test("are the last 24 hours with the step that goes on, or those that start in a range", () => {
    expect(berlin({})).toEqual({ from_ms: at("2026-11-20T10:25:00Z"), to_ms: at("2026-11-21T10:25:00Z") });
    const range = { from: at("2026-11-20T10:01:00Z"), to: at("2026-11-20T10:11:00Z") };
    expect(berlin(range)).toEqual({ from_ms: at("2026-11-20T10:05:00Z"), to_ms: at("2026-11-20T10:15:00Z") });
  });

  test("a day has not begun where the city's clocks say so, whatever UTC says", () => {
    const today = { date: at("2026-11-22T00:00:00Z") };
    expect(() => berlin(today, "2026-11-21T22:59:59Z")).toThrow(ProblemError);
    expect(berlin(today, "2026-11-21T23:00:00Z").from_ms).toBe(at("2026-11-21T23:00:00Z"));
  });
});

describe("the answer", () => {
  test("is JSON with the bytes in base64, or the bytes alone in the order that /roads says", async () => {
    const { data, meta } = (await (await get("?date=2026-11-20")).json()) as Body;
    expect([data.steps.length, data.steps[0], data.step_s]).toEqual([288, "2026-11-20T00:00:00Z", 300]);
    const bytes = Buffer.from(data.ratios!, "base64");
    expect(bytes.length).toBe(288 * data.roads!.length);
    expect([bytes[0], bytes[1]]).toEqual([40, 255]);

    const alone = await get("?date=2026-11-20", { accept: "application/octet-stream" });
    expect(new Uint8Array(await alone.arrayBuffer())).toEqual(new Uint8Array(bytes));
    const told = ["from", "to", "step-s", "steps", "roads", "cursor"].map((h) =>
      alone.headers.get(`arterial-${h}`),
    );
    expect(told).toEqual(["2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", "300", "288", "2", meta.cursor]);
    const order = (await (await get("/roads")).json()) as Pick<Body, "data">;
    expect(order.data.roads).toEqual(data.roads);
    expect(order.data.roads_hash).toBe(alone.headers.get("arterial-roads-hash")!);
  });

  test("leaves out roads and bytes where only shares are wanted", async () => {
    const { data } = (await (await get("?format=shares&of=typical")).json()) as Body;
    expect([data.roads, data.ratios, data.of, data.steps.length]).toEqual([
      undefined,
      undefined,
      "typical",
      288,
    ]);
  });

  test("is packed, varies, and keeps its tag while nothing changes; each shape has its own", async () => {
    const closed = await get("?date=2026-11-20", { "accept-encoding": "gzip" });
    expect(closed.headers.get("content-encoding")).toBe("gzip");
    expect(closed.headers.get("vary")).toBe("Accept, Accept-Encoding");
    expect(closed.headers.get("cache-control")).toBe("public, max-age=3600");
    const etag = closed.headers.get("etag")!;
    const again = await get("?date=2026-11-20", { "if-none-match": etag });
    expect([again.status, again.headers.get("etag")]).toEqual([304, etag]);
    const tags = await Promise.all(
      ["&format=json", "&format=shares", "&format=bytes"].map(async (more) =>
        (await get(`?date=2026-11-20${more}`)).headers.get("etag"),
      ),
    );
    expect(tags[0]).toBe(etag);
    expect(new Set(tags).size).toBe(3);
  });

  test("of a day that goes on is kept until its next step", async () => {
    const left_s = Math.ceil((minutes(5) - (NOW_MS % minutes(5))) / 1_000);
    expect((await get("")).headers.get("cache-control")).toBe(`public, max-age=${left_s}`);
  });

  test("is refused for what is no day, is not yet, is turned round or too long", async () => {
    const iso = (ms: number): string => formatInstant(ms);
    for (const [query, parameter] of [
      ["?date=2026-02-30", "date"],
      ["?date=2026-11-22", "date"],
      ["?date=1999-12-31", "date"],
      ["?date=yesterday", "date"],
      ["?date=2026-11-20T00:00:00Z", "date"],
      ["?date=2026-11-20&from=2026-11-20T00:00:00Z", "date"],
      [`?from=${iso(NOW_MS)}&to=${iso(NOW_MS)}`, "from"],
      [`?from=${iso(NOW_MS - hours(25) - 1)}&to=${iso(NOW_MS)}`, "from"],
      ["?of=tomorrow", "of"],
      ["?format=csv", "format"],
      ["?day=2026-11-20", ""],
    ] as const) {
      const answer = await get(query);
      expect([query, answer.status]).toEqual([query, 400]);
      const problem = (await answer.json()) as { errors: { pointer?: string; parameter?: string }[] };
      expect([query, JSON.stringify(problem.errors)]).toEqual([query, expect.stringContaining(parameter)]);
    }
    expect((await get(`?from=${iso(NOW_MS - hours(25))}&to=${iso(NOW_MS)}`)).status).toBe(200);
  });
});
