/** What the page of streams says: what is wrong first, what is Arterial's own apart, other people's texts escaped. */
import { describe, expect, test } from "bun:test";
import { statusOf } from "../src/observe/facts.fixture.ts";
import { unobserved, type Delivery } from "../src/serving/delivery.ts";
import { renderStreamsNote } from "./streams.tsx";
import { streamsSentence, streamsTitle } from "./streams-sentence.ts";

const NOW = Date.UTC(2026, 10, 21, 10, 20);
const city = { city_id: "test", name: "Test", zone: "UTC", attribution: [], peak_hours: [] };
const redis: Delivery = { ...unobserved, live_on: "Redis", breaker: "closed" };
const own = statusOf({ stream: "canary", label: "Canary", internal: true, stored: 7, state: "silent" });
const note = (
  status: Parameters<typeof renderStreamsNote>[0],
  delivery = redis,
  without_live: readonly string[] = [],
): string => renderStreamsNote(status, delivery, city, NOW, new Set(without_live));

describe("the sentence", () => {
  test("adds up what came over all streams, and says where the slowest partition and the live view are", () => {
    const status = [
      statusOf({ consumed: 1_000, stored: 900, duplicate: 60, dead: 40, lag_events: 3, lag_ms: 240 }),
      statusOf({ consumed: 234, stored: 234, lag_ms: 100, lag_events: 1 }),
    ];
    expect(streamsSentence(status, redis)).toBe(
      "All 2 streams are live. Nothing lost: 1,234 events consumed = 1,134 stored + 60 duplicate + 40 dead; slowest partition 0.2 s behind; live view from Redis, breaker closed.",
    );
  });

  test("says first which stream is not live, and that the live view is away", () => {
    const status = [statusOf({ state: "silent", age_ms: 720_000 })];
    const said = streamsSentence(status, { ...redis, breaker: "open" });
    expect(said).toStartWith("Road traffic is silent (12 min old). Nothing lost:");
    expect(said).toEndWith("live view from history, because Redis is away.");
  });

  test("what nobody has ever sent is told, and is no trouble", () => {
    const status = [statusOf(), statusOf({ label: "Weather", state: "empty", as_of: null, age_ms: null })];
    expect(streamsSentence(status, redis)).toStartWith(
      "1 of 2 streams are live. Nothing has come yet of Weather. Nothing lost:",
    );
    expect(streamsTitle(status, redis)).toBe("● streams live");
  });

  test("never says that nothing is lost while a ledger does not add up", () => {
    const said = streamsSentence([statusOf(), statusOf({ label: "Air", ledger_difference: 1 })], redis);
    expect(said).toContain("The ledger of Air does not add up");
    expect(said).not.toContain("Nothing lost");
  });

  test("what Arterial sends itself is not the city's", () => {
    expect(streamsSentence([own], redis)).toBe("No stream is declared.");
    expect(streamsTitle([statusOf(), own], redis)).toBe("● streams live");
    expect(streamsTitle([statusOf({ state: "delayed" }), own], redis)).toBe("○ 1 of 1 streams late");
  });
});

describe("the page's parts", () => {
  test("each stream and each partition has the same columns", () => {
    const html = note([statusOf(), statusOf({ stream: "air" })]);
    const cells = (row: string): number => row.split(/<t[dh][ >]/).length - 1;
    const rows = html.match(/<tr[^>]*>.*?<\/tr>/gs) ?? [];
    const table = rows.filter((row) => /id="[sp]-/.test(row));
    expect(table).toHaveLength(4);
    expect(new Set(table.map(cells)).size).toBe(1);
    expect(cells(rows[0]!)).toBe(cells(table[0]!));
  });

  test("a stream without a live view by declaration says so; one whose live view is away is tinted", () => {
    const sales = statusOf({ stream: "sales", layer: "batch", live_keys: 0, expected_keys: 0 });
    const declared = note([sales], redis, ["sales"]);
    expect(declared).not.toContain("≈");
    expect(declared).toContain("<td>history</td>");
    expect(declared).toContain("no live view is declared");
    expect(note([sales])).toContain("≈ batch");
  });

  test("one partition is one", () => {
    const [partition] = statusOf().partitions;
    const two = statusOf({ stream: "two", partitions: [partition!, { ...partition!, partition: 1 }] });
    const html = note([statusOf(), two]);
    expect(html).toContain(">1 partition<");
    expect(html).toContain(">2 partitions<");
  });

  test("the canary's stream has no row, but a place of its own", () => {
    const html = note([statusOf(), own], {
      ...redis,
      canary: { sent_at_ms: NOW - 22_000, took_ms: { log: 4, sse: 9, live: null, history: 212 } },
    });
    expect(html).not.toContain('id="s-canary"');
    expect(html).toContain("7 stored");
    expect(html).toContain("212 ms");
    expect(html).toContain("missed");
    expect(html).toContain("22 s ago");
  });

  test("case 46: a warning's and a source's text is escaped", () => {
    const evil = `<img src=x onerror=alert(1)>`;
    const html = note([statusOf({ rejected: [{ source: evil, count: 1 }] })], {
      ...redis,
      warnings: [{ rule: "pool", subject: evil, level: "warning", text: evil, since_ms: NOW - 5_000 }],
    });
    expect(html).not.toContain("<img");
    expect(html).toContain("&lt;img");
    expect(html).toContain("since 10:19:55, 5 s");
  });

  test("no warning, no list", () => {
    expect(note([statusOf()])).not.toContain("<ul");
  });
});
