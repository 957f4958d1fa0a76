import { describe, expect, test } from "bun:test";
import { demo } from "../src/cities/demo/index.ts";
import { decoderOf } from "../src/core/decode.ts";
import { days, hours } from "../src/core/time.ts";
import { streams } from "../src/streams/index.ts";
import { dataUrl, exportUrl, localText, readDataQuery } from "./data-query.ts";
import { columnsOf } from "./data-rows.tsx";
import { sampleEvent } from "./sample-event.ts";

const ZONE = "Europe/Berlin";
const NOW_MS = Date.UTC(2026, 10, 21, 9, 20);
const NAMES = ["traffic", "readings"];
const read = (text: string) =>
  readDataQuery(Object.fromEntries(new URLSearchParams(text)), NAMES, ZONE, NOW_MS);

describe("the page of raw rows", () => {
  test("without anything asked: the first stream, the last hour, not live", () => {
    expect(read("")).toEqual({
      stream: "traffic",
      key: "",
      last: "1h",
      from_ms: NOW_MS + 1 - hours(1),
      to_ms: NOW_MS + 1,
      cursor: "",
      page: 1,
      live: false,
      fault: "",
    });
    expect(dataUrl(read(""))).toBe("/data?stream=traffic");
  });

  test("times of a form are the city's; an address with them reads back as the same range", () => {
    const query = read("stream=readings&key=Old Town&from=2026-11-20T10:00&to=2026-11-20T12:30&live=1");
    expect([query.from_ms, query.to_ms]).toEqual([Date.UTC(2026, 10, 20, 9), Date.UTC(2026, 10, 20, 11, 30)]);
    const url = dataUrl(query);
    expect(read(url.split("?")[1]!)).toEqual(query);
    expect(localText(query.from_ms, ZONE)).toBe("2026-11-20T10:00");
  });

  test("the export is the same query: stream, key, and range to the millisecond", () => {
    const query = read("stream=readings&key=Old+Town&last=24h");
    const url = new URL(exportUrl(query, "csv"), "http://x");
    expect(url.pathname).toBe("/api/data/readings");
    const { from, to, key, format } = Object.fromEntries(url.searchParams);
    expect([Date.parse(from!), Date.parse(to!), key, format]).toEqual([
      query.from_ms,
      query.to_ms,
      "Old Town",
      "csv",
    ]);
  });

  test("another range, stream or key begins at its first page", () => {
    const query = read("stream=readings&page=3&cursor=abc&last=7d");
    expect([query.page, query.cursor]).toEqual([3, "abc"]);
    expect(dataUrl(query, { last: "24h" })).toBe("/data?stream=readings&last=24h");
    expect(dataUrl(query, { cursor: "def", page: 4 })).toContain("page=4&cursor=def");
    expect(read("page=9").page).toBe(1);
  });

  test("what cannot be taken is told, and the rest is shown", () => {
    for (const [text, words] of [
      ["stream=nothing", "no stream nothing"],
      ["from=yesterday", "from must be a time"],
      ["from=2026-13-01T10:00", "from must be a time"],
      ["from=2026-11-20T10:00&to=2026-11-20T10:00", "begin before it ends"],
      [`key=${"x".repeat(200)}`, "at most 128"],
      ["from=2001-01-01&to=2026-01-01", "at most 366 days"],
      // Clocks skip this hour.
      ["from=2026-03-29T02:30", "from must be a time"],
    ] as const) {
      expect(read(text).fault).toContain(words);
      expect(read(text).to_ms - read(text).from_ms).toBeLessThanOrEqual(days(366));
    }
  });

  test("every stream's table has all its fields once, the time first and the identity last", () => {
    for (const stream of streams) {
      const names = columnsOf(stream).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(names.toSorted()).toEqual(
        [...stream.field_names, stream.event_time, stream.identity, "source"].toSorted(),
      );
      expect([names[0], names[1], names.at(-1)]).toEqual([stream.event_time, stream.key, stream.identity]);
    }
  });

  test("the event that the page shows how to send is one that the stream takes", () => {
    const city = demo();
    const raw = {
      value: null,
      source: "test",
      received_at_ms: NOW_MS,
      partition: 0,
      offset: 0,
      backfill: false,
      dead_letter_id: null,
    };
    for (const stream of streams) {
      const decoded = decoderOf(stream).check(sampleEvent(stream, NOW_MS), raw, { city, now_ms: NOW_MS });
      expect([stream.name, decoded.ok ? null : decoded.reject.rule]).toEqual([stream.name, null]);
    }
  });
});
