import { describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { span } from "./format.ts";
import { layersNamed, listed } from "./layers.ts";
import { drawnTrack, trackText } from "./vehicle-track.ts";
import {
  compass,
  vehicleGroup,
  vehicleLetter,
  vehicleName,
  vehicleType,
  vehicleWords,
  worstFirst,
} from "./vehicle-words.ts";
import { markup } from "./markup.ts";
import { VehicleRows } from "./vehicles-list.tsx";
import { vehiclesSentence, vehiclesTitle } from "./vehicles.tsx";
import { emergencies } from "../src/streams/emergencies.ts";
import { vehicles, vehicleTypes } from "../src/streams/vehicles.ts";

const NOW = Date.UTC(2026, 10, 21, 10);
const at = (s: number, east: number, jump = false) => ({
  timestamp: new Date(NOW + s * 1_000).toISOString(),
  longitude: 11 + east,
  latitude: 48,
  speed: s,
  source: "test",
  jump,
});

describe("layers", () => {
  test("of an address: only ours, in our order; the first ones only where nothing is said", () => {
    expect([...layersNamed("cameras,roads,nothing")]).toEqual(["roads", "cameras"]);
    expect([...layersNamed("none")]).toEqual([]);
    expect([...layersNamed(undefined)]).toEqual(["roads", "emergencies"]);
    expect([...layersNamed(undefined, ["vehicles"])]).toEqual(["vehicles"]);
  });

  test("show what the stream's own list shows", () => {
    expect(listed(vehicles)).toEqual({ max_age_ms: 600_000 });
    expect(listed(emergencies)).toEqual({});
  });
});

describe("a track", () => {
  test("is broken at its start, at jumps and after silence, and nowhere else", () => {
    const points = drawnTrack(
      [at(0, 0), at(10, 0.001), at(20, 1, true), at(300, 1), at(310, 1.001)],
      "timestamp",
      90_000,
    );
    expect(points.map(({ gap }) => gap)).toEqual([true, false, true, true, false]);
    expect(trackText(points).split(";")[1]).toBe(`11.00100,48.00000,${NOW / 1_000 + 10},0`);
  });

  test("leaves out rows without a place or a time", () => {
    expect(
      drawnTrack(
        [
          { ...at(0, 0), latitude: null },
          { ...at(1, 0), timestamp: "x" },
        ],
        "timestamp",
        1,
      ),
    ).toEqual([]);
  });
});

describe("words", () => {
  test("each type has a letter of its own", () => {
    const letters = vehicleTypes.map((vehicle_type) => vehicleLetter({ vehicle_type }));
    expect(new Set(letters).size).toBe(vehicleTypes.length);
    for (const route_id of ["12", "line_12"])
      expect(vehicleWords({ route_id, vehicle_type: "bus" })).toBe("bus, line 12");
    expect([0, 44, 350, null].map((heading) => compass({ heading }))).toEqual(["N", "NE", "N", ""]);
  });

  test("are the same in the browser: group, letter, name and words of every type, known or not", async () => {
    const browser: Readonly<Record<string, (row: object) => unknown>> = await import(
      fileURLToPath(new URL("../public/js/layers/kinds.js", import.meta.url))
    );
    const types = [...vehicleTypes, "tractor", "constructor", undefined];
    const rows = types.flatMap((vehicle_type) => [
      { vehicle_id: "7", vehicle_type },
      { vehicle_id: "7", vehicle_type, vehicle_label: "seven", route_id: "Line-12" },
      { vehicle_id: "7", vehicle_type, route_id: "N7" },
    ]);
    const server = { vehicleType, vehicleGroup, vehicleLetter, vehicleName, vehicleWords };
    for (const [name, words] of Object.entries(server))
      expect([name, ...rows.map((row) => browser[name]?.(row))]).toEqual([name, ...rows.map(words)]);
  });

  test("a span is the same in the browser, seconds to days", async () => {
    const browser: { span: (ms: number) => string } = await import(
      fileURLToPath(new URL("../public/js/clock.js", import.meta.url))
    );
    for (const s of [-5, 0, 99.4, 99.6, 5_969, 5_970, 172_799, 172_800, 900_000])
      expect(browser.span(s * 1_000)).toBe(span(s * 1_000));
  });

  test("the list holds the first hundred by name, numbers as numbers, whatever order they come in", () => {
    const rows = Array.from({ length: 250 }, (_, i) => ({ vehicle_id: `bus-${(i * 97) % 250}` }));
    const html = markup(VehicleRows({ rows, types: new Set(), now_ms: NOW }));
    expect([...html.matchAll(/data-vehicle="([^"]+)"/g)].map(([, id]) => id)).toEqual(
      Array.from({ length: 100 }, (_, i) => `bus-${i}`),
    );
  });

  test("emergencies: open before closed, by severity, then the longest open", () => {
    const call = (id: string, severity: string, minute: number, status = "en_route") => ({
      id,
      severity,
      status,
      opened_at: `2026-11-21T10:0${minute}:00Z`,
    });
    const rows = [
      call("d", "critical", 1, "closed"),
      call("c", "low", 0),
      call("b", "critical", 5),
      call("a", "critical", 2),
    ];
    expect(rows.toSorted(worstFirst).map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
    expect(vehiclesSentence([{}], rows)).toBe(
      "1 vehicle reported in the last 10 min; 3 emergencies are open, 2 critical.",
    );
    expect(vehiclesTitle([{}], rows)).toBe("▲ 2 critical");
    expect(vehiclesTitle([], [])).toBe("○ no vehicles");
  });
});
