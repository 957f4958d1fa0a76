/** Bad input, for every declared stream: what its readers of the log and its doors make of it. Cases of trust.md §3. */
import { describe, expect, test } from "bun:test";
import type { Field } from "../src/core/field.ts";
import { wireJson } from "../src/core/json.ts";
import { limits } from "../src/core/limits.ts";
import { hours } from "../src/core/time.ts";
import { check, decode, eventOf, expectRefused, goodNow, NOW_MS, said } from "./bad-input-kit.ts";
import { every, goodOf, hasPlace, sampleOf, sentFields, type Value } from "./bad-input-samples.ts";

/** What no field of a kind takes, as JSON, with the reason of its refusal. */
const wrong: Record<Field["kind"], readonly (readonly [json: string, reason: string])[]> = {
  text: [
    ["5", "schema"],
    ["true", "schema"],
    ["[]", "schema"],
    [`{"a":1}`, "schema"],
    [`""`, "text"],
    [String.raw`"a\u0000b"`, "text"],
    [String.raw`"\ud800"`, "text"],
    [String.raw`"\u001b[31m"`, "text"],
    [`"${"x".repeat(60_000)}"`, "text"],
  ],
  number: [
    [`"12"`, "schema"],
    [`"NA"`, "schema"],
    [`"NaN"`, "schema"],
    [`""`, "schema"],
    ["true", "schema"],
    ["[1]", "schema"],
    ["{}", "schema"],
    ["1e999", "range"],
    ["-1e999", "range"],
    ["1e308", "range"],
  ],
  flag: [
    [`"true"`, "schema"],
    ["1", "schema"],
    ["[]", "schema"],
  ],
  choice: [
    [`"nothing of the kind"`, "schema"],
    [`"${"x".repeat(60_000)}"`, "schema"],
    [String.raw`"\u0000"`, "schema"],
    ["1", "schema"],
    ["[]", "schema"],
    [`"constructor"`, "schema"],
  ],
};

/** JSON with one member as it is written here: numbers that no JSON.stringify would write. */
const withJson = (good: Value, name: string, json: string): string => {
  const { [name]: _, ...rest } = good;
  return `${JSON.stringify(rest).slice(0, -1)},${JSON.stringify(name)}:${json}}`;
};

describe.each(every.map((stream) => [stream.name, stream] as const))("%s", (_name, stream) => {
  const good = goodNow(stream);

  test("its good event is one, and is the same when it is read again", () => {
    const event = eventOf(check(stream, good));
    expect([event.event_id, event.event_time_ms, event.unknown_fields]).toEqual(["one", NOW_MS - 1_000, 0]);
    const again = eventOf(decode(stream, wireJson(stream, event)));
    expect([again.row, again.key, again.event_id]).toEqual([event.row, event.key, event.event_id]);
    for (const name of stream.personal) expect(event.row[name]).toMatch(/^anon-[0-9a-f]{32}$/);
    expect(eventOf(check(stream, { ...good, ...sampleOf(stream).other })).row).not.toEqual(event.row);
  });

  test("what is required is missed, what is optional is not", () => {
    for (const [name, field] of [...sentFields(stream), [stream.event_time, null] as const]) {
      const { [name]: _, ...without } = good;
      const optional = field === null ? false : field.optional || name === stream.identity;
      // Half a place is none: the rule over both is told below.
      if (optional && (name === "latitude" || name === "longitude")) continue;
      if (optional) eventOf(check(stream, without));
      else {
        expectRefused(check(stream, without), `schema /${name}`);
        expectRefused(check(stream, { ...good, [name]: null }), `schema /${name}`);
      }
    }
  });

  test("no field takes another kind of value, however it is written", () => {
    for (const [name, field] of sentFields(stream))
      for (const [json, reason] of wrong[field.kind])
        expectRefused(decode(stream, withJson(good, name, json)), `${reason} /${name}`);
  });

  test("case 19: numbers end at their bounds", () => {
    for (const [name, { kind, min, max }] of sentFields(stream)) {
      if (kind !== "number") continue;
      const beyond = Math.max(1, Math.abs(max!)) * 1e-6;
      expectRefused(check(stream, { ...good, [name]: max! + beyond }), `range /${name}`);
      expectRefused(check(stream, { ...good, [name]: min! - beyond }), `range /${name}`);
      expectRefused(check(stream, { ...good, [name]: NaN }), `range /${name}`);
      // Half a place is none: its other half comes along.
      const whole = name === "latitude" || name === "longitude" ? { latitude: 1, longitude: 1 } : {};
      expect(said(check(stream, { ...good, ...whole, [name]: max! }))).toBe("accepted");
    }
  });

  test("case 20: texts end at their length, also in the form in which they are kept", () => {
    for (const [name, { kind, chars_max }] of sentFields(stream)) {
      if (kind !== "text" || name === "opened_at") continue;
      eventOf(check(stream, { ...good, [name]: "x".repeat(chars_max!) }));
      expectRefused(check(stream, { ...good, [name]: "x".repeat(chars_max! + 1) }), `text /${name}`);
      expectRefused(check(stream, { ...good, [name]: "\ufb2c".repeat(chars_max!) }), `text /${name}`);
    }
  });

  test("case 22: times that are none, of other ages, without a zone", () => {
    const at = (time: unknown): string => said(check(stream, { ...good, [stream.event_time]: time }));
    const name = stream.event_time;
    for (const time of [0, NOW_MS, true, [], {}, null])
      expect([time, at(time)]).toEqual([time, `schema /${name}`]);
    for (const time of [
      "",
      "now",
      "2026-11-21",
      "2026-11-21T10:19Z",
      "2026-02-30T10:00:00Z",
      "2026-11-21T24:00:00Z",
      "2026-11-21T10:19:60Z",
      "2026-11-21T10:19:00+25:00",
      "+002026-11-21T10:19:00Z",
      "-000001-11-21T10:19:00Z",
      "2026-11-21T10:19:00Z\u0000",
      "2026-11-21T10:19:00 Europe/Berlin",
      "1763720340",
      "9".repeat(50_000),
      "1970-01-01T00:00:00Z",
      "1999-12-31T23:59:59.999Z",
      "0001-01-01T00:00:00Z",
    ])
      expect([time, at(time)]).toEqual([time, `time /${name}`]);
    for (const time of [
      "2026-11-21T10:22:00.001Z",
      "2026-11-21T11:19:30Z",
      "2106-01-01T00:00:00Z",
      "9999-12-31T23:59:59Z",
    ])
      expect([time, at(time)]).toEqual([time, `future /${name}`]);
    for (const time of [
      "2026-11-21T10:22:00Z",
      "2026-11-21 11:19:00+01:00",
      "2026-11-21t10:19:00.5z",
      "2000-01-01T00:00:00Z",
    ])
      expect([time, at(time)]).toEqual([time, "accepted"]);
    const zoneless = stream.zoneless === "utc" ? "accepted" : `time /${name}`;
    expect([at("2026-11-21 10:19:00"), at("2026-11-21T10:19:00")]).toEqual([zoneless, zoneless]);
  });

  test("case 21: a clock that is an hour off: ahead it is refused, behind it is late but taken", () => {
    const at = (off_ms: number): string => said(check(stream, goodOf(stream, NOW_MS + off_ms)));
    expect([at(hours(1)), at(-hours(1))]).toEqual([`future /${stream.event_time}`, "accepted"]);
  });

  test("case 25: unknown fields are dropped and counted; what is derived is computed, whatever is sent for it", () => {
    const event = eventOf(check(stream, good));
    const more = eventOf(
      decode(stream, withJson({ ...good, x: 1, y: { z: [] } }, "__proto__", `{"key":"other"}`)),
    );
    expect([more.row, more.unknown_fields]).toEqual([event.row, 3]);
    for (const name of Object.keys(stream.fields)) {
      // Sent as a list and kept as a text: this one is read from what was sent.
      if (!stream.fields[name]!.derived || name === "affected_routes") continue;
      for (const lie of ["lie", 1e9, null, { a: 1 }, "\u0000"])
        expect([name, eventOf(check(stream, { ...good, [name]: lie })).row]).toEqual([name, event.row]);
    }
  });

  test("cases 14, 23, 24: what is no event at all", () => {
    for (const [text, wanted] of [
      ["null", "schema "],
      ["[]", "schema "],
      [`"text"`, "schema "],
      ["5", "schema "],
      ["", "json "],
      ["{", "json "],
      [JSON.stringify(good).slice(0, -5), "json "],
      [`${JSON.stringify(good)}${JSON.stringify(good)}`, "json "],
      [withJson(good, "x", "NaN"), "json "],
      [withJson(good, "x", `"${"x".repeat(limits.event_bytes_max)}"`), "size "],
      [withJson(good, "x", "[".repeat(40) + "]".repeat(40)), "depth "],
    ] as const)
      expectRefused(decode(stream, text), wanted);
    expectRefused(decode(stream, new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), "text ");
    expectRefused(decode(stream, new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])), "text ");
  });

  if (hasPlace(stream))
    test("case 26: places: beyond the poles, swapped", () => {
      const at = (latitude: unknown, longitude: unknown): string =>
        said(check(stream, { ...good, latitude, longitude }));
      expect([at(91, 11), at(-90.000001, 11), at(48, 180.1)]).toEqual([
        "range /latitude",
        "range /latitude",
        "range /longitude",
      ]);
      // Beijing with its halves swapped lies nowhere. Where both halves are below 90, swapping gives a place.
      expect([at(39.93, 116.42), at(116.42, 39.93)]).toEqual(["accepted", "range /latitude"]);
      expect([at(90, -180), at(0, 9.45), at(-90, 0)]).toEqual(["accepted", "accepted", "accepted"]);
    });
});
