/** One road ahead over HTTP: known, not known, gone by, and no road. */
import { expect, test } from "bun:test";
import { ProblemError } from "../src/core/errors.ts";
import { formatInstant, minutes } from "../src/core/time.ts";
import { predictions } from "../src/streams/predictions.ts";
import { fakeServing, fixture, NOW_MS } from "../test/api-fixture.ts";

/** @param ages_ms How old each road's prediction is. */
async function api(ages_ms: Readonly<Record<string, number>>) {
  const fake = fakeServing();
  const { app } = await fixture({
    serving: {
      ...fake,
      async one(stream, key) {
        if (stream.name !== predictions.name) return fake.one(stream, key);
        const age_ms = ages_ms[key];
        if (age_ms === undefined) throw new ProblemError({ name: "not-found", detail: "There is none" });
        const { data, meta } = await fake.one(stream, "r1");
        const as_of = formatInstant(NOW_MS - age_ms);
        const stale = age_ms > minutes(3);
        return {
          data: { ...data, road_id: key, timestamp: as_of, as_of, stale },
          meta: { ...meta, as_of, stale },
        };
      },
    },
  });
  return async (road_id: string) => {
    const answer = await app.request(`/api/traffic/predictions/${road_id}`);
    return {
      status: answer.status,
      body: (await answer.json()) as { data: object | null; meta: object; detail: string },
    };
  };
}

test("a road's prediction is told with its age, and marked when it is stale", async () => {
  const get = await api({ r1: minutes(1), r2: minutes(20) });
  expect(await get("r1")).toMatchObject({
    status: 200,
    body: {
      data: {
        road_id: "r1",
        stale: false,
        predicted_speed_10min: expect.any(Number),
        low_90_30min: expect.any(Number),
      },
    },
  });
  expect(await get("r2")).toMatchObject({ body: { data: { stale: true }, meta: { stale: true } } });
});

test("a road of which nothing was predicted, or only what is past, has null and no age", async () => {
  const get = await api({ r1: minutes(30) });
  for (const road_id of ["r1", "r2", "%3D1%2B1"])
    expect(await get(road_id)).toMatchObject({
      status: 200,
      body: { data: null, meta: { as_of: null, age_ms: null, stale: true, coverage: 0 } },
    });
});

test("a road that neither the network nor an event names is not found", async () => {
  const get = await api({});
  const { status, body } = await get("nowhere");
  expect([status, body.detail]).toEqual([404, expect.stringContaining(`no road "nowhere"`)]);
});

test("the list of all roads is there in every format, with its tag", async () => {
  const { app } = await fixture();
  const list = await app.request("/api/traffic/predictions");
  const { data } = (await list.json()) as { data: { road_id: string }[] };
  expect(data.map(({ road_id }) => road_id)).toEqual(["r1", "r2", "=1+1"]);
  const again = await app.request("/api/traffic/predictions", {
    headers: { "if-none-match": list.headers.get("etag")! },
  });
  expect(again.status).toBe(304);
  const map = await app.request("/api/traffic/predictions?format=geojson&bbox=0,50,2,52");
  expect(await map.json()).toMatchObject({
    features: [{ geometry: { type: "LineString" } }, expect.anything(), expect.anything()],
  });
  const csv = await app.request("/api/traffic/predictions", { headers: { accept: "text/csv" } });
  expect(await csv.text()).toStartWith("event_id,timestamp,road_id,current_speed,predicted_speed_10min");
  expect((await app.request("/api/traffic/predictions?bbox=1,2,3")).status).toBe(400);
});
