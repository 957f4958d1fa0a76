import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Bbox } from "../../core/geo.ts";
import { traffic } from "../../streams/traffic.ts";
import { atDoor, contextOf, fixture, readAnswer, valuesOf } from "./feed-bed.fixture.ts";
import { boxes, here, hereEvent, keyOf, type HereResult } from "./here.ts";
import { Secret } from "./secret.ts";

const context = contextOf(here, { HERE_API_KEY: "here-key" });

const flow = (change: Partial<HereResult["currentFlow"]> = {}): HereResult => ({
  location: { olr: "CCoB" },
  currentFlow: { speed: 10, freeFlow: 20, jamFactor: 3, confidence: 0.9, traversability: "open", ...change },
});
const UPDATED = "2026-11-20T05:41:12Z";

test("the city's bounds are asked for, with shapes, and the key stays a secret", () => {
  const requests = here.requests(context);
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({
    url: "https://data.traffic.hereapi.com/v7/flow",
    query: { in: "bbox:10.8,48.1,11.2,48.3", locationReferencing: "shape" },
  });
  expect(requests[0]!.query!["apiKey"]).toBeInstanceOf(Secret);
  expect(JSON.stringify(requests)).not.toContain("here-key");
});

test("speeds are metres per second there: measured ones become km/h, fillings are left out, closures are kept", () => {
  const values = valuesOf(here, fixture("here-flow"), context);
  expect(values).toHaveLength(3);
  // By hand: 5.5 m/s = 19.8 km/h, 11.94 m/s = 42.984 km/h; the fourth of six vertices is the middle.
  expect(values[0]).toEqual({
    road_id: expect.stringMatching(/^here:[0-9a-f-]{36}$/),
    road_name: "Kastanienallee",
    timestamp: UPDATED,
    current_speed: expect.closeTo(19.8, 9),
    free_flow_speed: expect.closeTo(42.984, 9),
    jam_factor: 6.4,
    road_closed: false,
    latitude: 48.2006,
    longitude: 10.9902,
  });
  expect(values[1]).toMatchObject({
    road_id: "here:CCoBEAAmJQmadyVXRQAJBQQBAkcACgUEAYpTAAfI/7QACQUEAQK3ADAAgxM=",
    current_speed: 0,
    jam_factor: 10,
    road_closed: true,
  });
  expect(values[2]).not.toHaveProperty("latitude");
  expect(values.map((value) => atDoor(traffic, value))).toMatchObject([
    { current_speed: 19.8, free_flow_speed: 42.98, congestion_level: "heavy" },
    { congestion_level: "closed" },
    { current_speed: 53, free_flow_speed: 50, congestion_level: "free" },
  ]);
});

test.each([
  [0.71, true],
  [0.7, false],
  [0.5, false],
  [0, false],
  [undefined, false],
  [null, false],
])("confidence %p: live is %p", (confidence, live) => {
  expect(hereEvent(flow({ confidence }), UPDATED) !== null).toBe(live);
});

test("a closure is told whatever its confidence; a lane that is turned the other way is no closure", () => {
  expect(hereEvent(flow({ traversability: "closed", confidence: null, speed: null }), UPDATED)).toMatchObject(
    {
      road_closed: true,
      current_speed: 0,
    },
  );
  expect(hereEvent(flow({ traversability: "reversibleNotRoutable" }), UPDATED)).toMatchObject({
    road_closed: false,
  });
});

test("no speed is no event", () => {
  expect(hereEvent(flow({ speed: null, speedUncapped: null }), UPDATED)).toBeNull();
});

test("a segment keeps its key: by its code, or by its shape to a metre", () => {
  const line = [
    [11.000001, 48.2],
    [11.01, 48.2],
  ] as const;
  const moved = [
    [11.000002, 48.2],
    [11.01, 48.2],
  ] as const;
  expect(keyOf(null, line)).toBe(keyOf(null, moved));
  expect(keyOf(null, line)).not.toBe(keyOf(null, line.toReversed()));
  expect(keyOf("x".repeat(300), line)).toMatch(/^here:[0-9a-f-]{36}$/);
  expect(keyOf(undefined, [])).toBeNull();
});

test("an answer with nothing in it is an answer", () => {
  expect(valuesOf(here, { sourceUpdated: null, results: [] }, context)).toEqual([]);
});

test("one odd result is refused with its place, and the others count", () => {
  const odd = { location: {}, currentFlow: { freeFlow: "fast", jamFactor: 1 } };
  const reading = readAnswer(here, { sourceUpdated: UPDATED, results: [flow(), odd] }, context);
  expect(reading).toMatchObject({
    ok: true,
    values: [
      {
        values: [{ road_id: "here:CCoB" }],
        refused: [{ value: odd, reject: { reason: "schema", pointer: "/results/1/currentFlow/freeFlow" } }],
      },
    ],
  });
});

test.each([
  [{}, "/results"],
  [{ sourceUpdated: "yesterday", results: [] }, "/sourceUpdated"],
  [
    { results: [{ location: {}, currentFlow: { speed: "5.28", freeFlow: 11, jamFactor: 1 } }] },
    "/results/0/currentFlow/speed",
  ],
  [
    { results: [{ location: {}, currentFlow: { speed: 5.28, jamFactor: 1 } }] },
    "/results/0/currentFlow/freeFlow",
  ],
])("a changed field is told with its place: %j", (body, pointer) => {
  const reading = readAnswer(here, body, context);
  expect(reading).toMatchObject({ ok: false, kind: "schema" });
  if (!reading.ok) expect(reading.words).toStartWith(pointer);
});

test("boxes of at most one degree cover any box, and no more than it", () => {
  const box = fc
    .tuple(
      fc.double({ min: -170, max: 170, noNaN: true }),
      fc.double({ min: -80, max: 80, noNaN: true }),
      fc.double({ min: 0.01, max: 3.5, noNaN: true }),
      fc.double({ min: 0.01, max: 3.5, noNaN: true }),
    )
    .map(([west, south, width, height]): Bbox => [west + 0, south + 0, west + width, south + height]);
  fc.assert(
    fc.property(box, (whole) => {
      const parts = boxes(whole);
      for (const [west, south, east, north] of parts) {
        expect(east - west).toBeLessThanOrEqual(1 + 1e-9);
        expect(north - south).toBeLessThanOrEqual(1 + 1e-9);
      }
      const area = ([w, s, e, n]: Bbox): number => (e - w) * (n - s);
      expect(parts.reduce((sum, part) => sum + area(part), 0)).toBeCloseTo(area(whole), 6);
      expect([
        Math.min(...parts.map((p) => p[0])),
        Math.min(...parts.map((p) => p[1])),
        Math.max(...parts.map((p) => p[2])),
        Math.max(...parts.map((p) => p[3])),
      ]).toEqual([...whole]);
    }),
  );
});
