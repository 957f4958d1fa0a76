/** What tests of declared feeds share: an answer read as the poller reads it, a door's verdict, and fixtures. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { City } from "../../core/city.ts";
import { decoderOf } from "../../core/decode.ts";
import type { Row } from "../../core/event.ts";
import type { Stream } from "../../core/stream.ts";
import type { Feed, FeedContext, FeedReading, FeedRequest, FeedValue } from "./feed.ts";
import { feedSettings } from "./settings.ts";

export const NOW = Date.UTC(2026, 10, 20, 5, 45);

/** A town of two streets, so that every expectation can be computed by hand. */
export const town: City = {
  city_id: "town",
  name: "Town",
  zone: "Europe/Berlin",
  rush_hours: [[7, 9]],
  peak_hours: [[6, 10]],
  holidays: [],
  centre: [11, 48.2],
  bounds: [10.8, 48.1, 11.2, 48.3],
  roads: [
    road("town_1", "Ring", "motorway", "West", [
      [10.98, 48.2],
      [11, 48.2],
      [11.02, 48.2],
    ]),
    road("town_2", "Ring", "motorway", "West", [
      [11.02, 48.2],
      [11.03, 48.2],
    ]),
    road("town_3", "High Street", "primary", "East", [
      [11.1, 48.2],
      [11.1, 48.22],
    ]),
    road("town_4", "Back Street", "residential", "West", [
      [10.98, 48.21],
      [10.98, 48.22],
    ]),
  ],
  hospitals: [],
  background: [],
  attribution: [],
};

function road(
  road_id: string,
  road_name: string,
  road_class: City["roads"][number]["road_class"],
  district: string,
  geometry: City["roads"][number]["geometry"],
): City["roads"][number] {
  const length_km = Math.abs(geometry.at(-1)![0] - geometry[0]![0]) * 74 + 1;
  return {
    road_id,
    road_name,
    road_class,
    district,
    free_flow_speed: 50,
    length_km,
    geometry,
    neighbours: [],
  };
}

const folder = join(import.meta.dir, "fixtures");
export const fixture = (name: string): Buffer => readFileSync(join(folder, `${name}.made-after-docs.json`));

/** Recorded answers lie beside the project, or not at all. */
export const recorded = (path: string): { there: boolean; read: () => Buffer } => {
  const file = join(import.meta.dir, "../../../../shared/data", path);
  const there = existsSync(file);
  if (!there) process.stdout.write(`No recording at ../shared/data/${path}: its tests are skipped\n`);
  return { there, read: () => readFileSync(file) };
};

export const contextOf = (
  feed: Feed,
  env: Readonly<Record<string, string>> = {},
  city: City = town,
): FeedContext => ({ city, now_ms: NOW, settings: feedSettings(feed, env) });

const bytesOf = (body: unknown): Uint8Array =>
  body instanceof Uint8Array ? body : new TextEncoder().encode(JSON.stringify(body));

/** An answer as the feed's declaration reads it. */
export const readAnswer = (
  feed: Feed,
  body: unknown,
  context: FeedContext,
  request?: FeedRequest,
): FeedReading => feed.read(bytesOf(body), { ...context, request: request ?? feed.requests(context)[0]! });

/** Its values. Throws where the answer was refused. */
export function valuesOf(
  feed: Feed,
  body: unknown,
  context: FeedContext,
  request?: FeedRequest,
): FeedValue[] {
  const reading = readAnswer(feed, body, context, request);
  if (!reading.ok) throw new Error(`${reading.kind}: ${reading.words}`);
  return reading.values.flatMap(({ values }) => values);
}

/** What the door makes of a value: its row, with the derived fields, or the pointer and rule that refuse it. */
export function atDoor(stream: Stream, value: FeedValue, now_ms: number = NOW): Row | string {
  const raw = {
    value: null,
    source: "test",
    received_at_ms: now_ms,
    partition: 0,
    offset: 0,
    backfill: false,
    dead_letter_id: null,
  };
  const decoded = decoderOf(stream).check(
    { [stream.event_time]: new Date(now_ms).toISOString(), ...value },
    raw,
    {
      city: town,
      now_ms,
    },
  );
  return decoded.ok ? decoded.event.row : `${decoded.reject.pointer} ${decoded.reject.rule}`;
}
