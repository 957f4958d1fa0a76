import { describe, expect, test } from "bun:test";
import { traffic } from "../../streams/traffic.ts";
import { atDoor, contextOf, fixture, readAnswer, recorded, valuesOf } from "./feed-bed.fixture.ts";
import { Secret } from "./secret.ts";
import { tomtom, tomtomNoData } from "./tomtom.ts";

const context = contextOf(tomtom, { TOMTOM_API_KEY: "tomtom-key" });

const answer = (change: object) => {
  const body = JSON.parse(fixture("tomtom-flow").toString());
  return { flowSegmentData: { ...body.flowSegmentData, ...change } };
};

test("each point is asked for in km/h, latitude first, and the key stays a secret", () => {
  const requests = tomtom.requests(context);
  expect(requests.map(({ id, query }) => [id, query!["point"]])).toEqual([
    ["town_1", "48.2,11"],
    ["town_3", "48.21,11.1"],
    ["town_4", "48.215,10.98"],
  ]);
  expect(requests[0]!.url).toBe("https://api.tomtom.com/traffic/services/4/flowSegmentData/absolute/12/json");
  expect(requests[0]!.query).toMatchObject({ unit: "KMPH" });
  expect(requests[0]!.query!["key"]).toBeInstanceOf(Secret);
});

test("an answer becomes an event of the road that was asked for, at the call's time", () => {
  const [value] = valuesOf(tomtom, fixture("tomtom-flow"), context, tomtom.requests(context)[1]);
  expect(value).toEqual({
    road_id: "town_3",
    road_name: "High Street",
    current_speed: 23,
    free_flow_speed: 48,
    road_closed: false,
    latitude: 48.2006,
    longitude: 10.9902,
  });
  // 23 / 48 = 0.479; 10 · (1 − 0.479) = 5.2.
  expect(atDoor(traffic, value!)).toMatchObject({
    speed_ratio: 0.4792,
    jam_factor: 5.2,
    congestion_level: "heavy",
  });
});

test.each([
  [{ confidence: 0.61 }, 1],
  [{ confidence: 0.6 }, 0],
  [{ confidence: 0.5 }, 0],
  [{ confidence: null }, 1],
  [{ confidence: 0.2, roadClosure: true }, 1],
])("what rests on history is no measurement, a closure is: %j makes %p", (change, events) => {
  expect(valuesOf(tomtom, answer(change), context)).toHaveLength(events);
});

test("a closed road is closed", () => {
  const [value] = valuesOf(tomtom, answer({ roadClosure: true, currentSpeed: 0 }), context);
  expect(atDoor(traffic, value!)).toMatchObject({ congestion_level: "closed" });
});

test.each([
  ['{"error":"Point too far from nearest existing segment.","httpStatusCode":400}', 400, true],
  ['{"error":"Point too far from nearest existing segment."}', 500, false],
  ['{"error":"Invalid unit parameter"}', 400, false],
])("a point without a road has no data, and that is all: %s with %p", (text, status, none) => {
  expect(tomtomNoData(status, text) !== null).toBe(none);
});

test.each([
  [{ error: "Forbidden", httpStatusCode: 403 }, "key", "Forbidden"],
  [
    { error: "Over the limit", detailedError: { code: "X", message: "Your quota is used up" } },
    "rate",
    "Your quota is used up",
  ],
  [{ error: "Something", detailedError: { code: "INTERNAL" } }, "upstream", "Something"],
])("an error that comes as an answer is one: %j", (body, kind, words) => {
  expect(readAnswer(tomtom, body, context)).toEqual({ ok: false, kind, words } as never);
});

test.each([[{ flowSegmentData: { currentSpeed: "23", freeFlowSpeed: 48 } }], [{ flow: {} }], [[]]])(
  "a changed field is told: %j",
  (body) => {
    expect(readAnswer(tomtom, body, context)).toMatchObject({ ok: false, kind: "schema" });
  },
);

const toronto = recorded("feeds/tomtom_flowSegmentData_toronto_2019.json");

describe.skipIf(!toronto.there)("recorded in Toronto in 2019", () => {
  test("10 km/h of 17: the eighth of its fourteen vertices is the middle", () => {
    const [value] = valuesOf(tomtom, toronto.read(), context);
    expect(value).toEqual({
      road_id: "town_1",
      road_name: "Ring",
      current_speed: 10,
      free_flow_speed: 17,
      road_closed: false,
      latitude: 43.668328278097896,
      longitude: -79.38419852946856,
    });
    // By hand: 10 / 17 = 0.5882, 10 · (1 − 0.5882) = 4.1.
    expect(atDoor(traffic, value!)).toMatchObject({
      speed_ratio: 0.5882,
      jam_factor: 4.1,
      congestion_level: "moderate",
      latitude: 43.668328,
      longitude: -79.384199,
    });
  });
});
