import { expect, test } from "bun:test";
import fc from "fast-check";
import { hours } from "../../core/time.ts";
import { readings } from "../../streams/readings.ts";
import { weather } from "../../streams/weather.ts";
import { atDoor, contextOf, fixture, NOW, readAnswer, valuesOf } from "./feed-bed.fixture.ts";
import { openMeteo, openMeteoAir } from "./open-meteo.ts";

const POINTS = { FEED_POINTS: "West@48.2,11;East@48.21,11.1" };
const context = contextOf(openMeteo, POINTS);
const one = contextOf(openMeteoAir, { FEED_POINTS: "West@48.2,11" });

interface Place {
  latitude: number;
  current: Record<string, number | null>;
  current_units: Record<string, string>;
}
const places = (): Place[] => JSON.parse(fixture("open-meteo-weather").toString()) as Place[];
const air = (): Place => JSON.parse(fixture("open-meteo-air").toString()) as Place;

test("all places are asked for in one call, with times that have no zone to forget", () => {
  const [request, ...more] = openMeteo.requests(context);
  expect(more).toEqual([]);
  expect(request).toEqual({
    id: "places",
    url: "https://api.open-meteo.com/v1/forecast",
    query: {
      latitude: "48.2,48.21",
      longitude: "11,11.1",
      current:
        "temperature_2m,relative_humidity_2m,precipitation,weather_code,cloud_cover,pressure_msl,visibility,wind_speed_10m,wind_direction_10m",
      timeformat: "unixtime",
      timezone: "GMT",
    },
  });
});

test("several places are an array in the order asked: values in the stream's units", () => {
  const values = valuesOf(openMeteo, places(), context);
  // By hand: 0.3 mm in 15 min are 1.2 mm/h, 8640 m are 8.64 km, 1795151700 s are 2026-11-20T05:15Z.
  expect(values).toEqual([
    {
      station: "West",
      latitude: 48.2,
      longitude: 11,
      timestamp: "2026-11-20T05:15:00Z",
      temperature: 4.3,
      humidity: 88,
      precipitation: expect.closeTo(1.2, 9),
      weather_code: 61,
      cloud_cover: 100,
      pressure: 1008.4,
      visibility_km: 8.64,
      wind_speed: 8.6,
      wind_direction: 245,
    },
    expect.objectContaining({ station: "East", latitude: 48.21, temperature: 4.1, precipitation: 0 }),
  ]);
  expect(values[1]).not.toHaveProperty("visibility_km");
  expect(values.map((value) => atDoor(weather, value))).toMatchObject([
    { condition: "rain", precipitation: 1.2 },
    { condition: "cloudy", visibility_km: null },
  ]);
});

test("one place is an object; concentrations are taken and the index is ours", () => {
  const [value] = valuesOf(openMeteoAir, air(), one);
  expect(value).toEqual({
    location: "West",
    latitude: 48.2,
    longitude: 11,
    pm2_5: 43.7,
    pm10: 58.2,
    ozone: 31,
    nitrogen_dioxide: 36.1,
    sulphur_dioxide: 4.2,
    carbon_monoxide: 412,
  });
  // EPA 2024: 43.7 µg/m³ lies in 35.5 to 55.4, so 101 + 49 · 8.2 / 19.9 = 121.
  expect(atDoor(readings, value!)).toMatchObject({ aqi_value: 121, dominant_pollutant: "pm2_5" });
});

test("air of the model's hour holds for three hours, then it belongs to its own time", () => {
  const at = (now_ms: number) => valuesOf(openMeteoAir, air(), { ...one, now_ms })[0]!["timestamp"];
  const hour_ms = Date.UTC(2026, 10, 20, 5);
  expect(at(hour_ms + hours(3))).toBeUndefined();
  expect(at(hour_ms + hours(3) + 1)).toBe("2026-11-20T05:00:00Z");
});

test.each([
  ["temperature_2m", "°F"],
  ["wind_speed_10m", "m/s"],
  ["precipitation", "inch"],
])("case 27: %s in %s is refused as a whole, in words", (name, unit) => {
  const changed = places();
  changed[1]!.current_units[name] = unit;
  const reading = readAnswer(openMeteo, changed, context);
  expect(reading).toMatchObject({ ok: false, kind: "mapping" });
  if (!reading.ok) expect(reading.words).toContain(`${name} is in ${unit}, but it was asked for in`);
});

test("both signs that look like µ are micro", () => {
  const changed = air();
  changed.current_units["pm2_5"] = "\u00b5g/m³";
  changed.current_units["pm10"] = "\u03bcg/m³";
  expect(valuesOf(openMeteoAir, changed, one)).toHaveLength(1);
});

test("a place where the model has nothing is no event; one value alone is", () => {
  const none = places();
  for (const name of Object.keys(none[0]!.current))
    if (!/time|interval/.test(name)) none[0]!.current[name] = null;
  expect(valuesOf(openMeteo, none, context)).toHaveLength(1);
  none[0]!.current["temperature_2m"] = -3;
  expect(valuesOf(openMeteo, none, context)[0]).toEqual({
    station: "West",
    latitude: 48.2,
    longitude: 11,
    timestamp: "2026-11-20T05:15:00Z",
    temperature: -3,
  });
});

test("values of another place, or of fewer than were asked for, are refused", () => {
  const moved = places();
  moved[0]!.latitude = 11;
  expect(readAnswer(openMeteo, moved, context)).toMatchObject({ ok: false, kind: "mapping" });
  expect(readAnswer(openMeteo, places().slice(1), context)).toMatchObject({
    ok: false,
    kind: "mapping",
    words: "2 places were asked for, 1 were answered",
  });
});

test.each([
  [{ error: true, reason: "Daily API request limit exceeded. Please try again tomorrow." }, "rate"],
  [{ error: true, reason: "Cannot initialize WeatherVariable from invalid String value" }, "upstream"],
])("an error that comes as an answer is one: %j", (body, kind) => {
  expect(readAnswer(openMeteo, body, context)).toMatchObject({ ok: false, kind });
});

test.each([
  [{}],
  [[]],
  [[{ latitude: "48" }]],
  [{ ...air(), current: { time: "2026-11-20T05:00", interval: 900 } }],
])("a changed field is told: %#", (body) => {
  expect(readAnswer(openMeteo, body, context).ok).toBe(false);
});

test("rain by the hour is rain by the interval, times how often it fits, for every interval", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 400 }),
      fc.constantFrom(300, 900, 1_800, 3_600),
      fc.integer({ min: Date.UTC(2020, 0, 1) / 1_000, max: NOW / 1_000 }),
      (tenths, interval, time) => {
        const sent = places();
        Object.assign(sent[0]!.current, { precipitation: tenths / 10, interval, time });
        const [value] = valuesOf(openMeteo, sent, context);
        expect(value!["precipitation"] as number).toBeCloseTo((tenths / 10) * (3_600 / interval), 9);
        expect(Date.parse(value!["timestamp"] as string)).toBe(time * 1_000);
      },
    ),
    { numRuns: 50 },
  );
});
