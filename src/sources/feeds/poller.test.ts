import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { feedStatus } from "../../core/feed-status.ts";
import { hours, minutes } from "../../core/time.ts";
import { traffic } from "../../streams/traffic.ts";
import { firstWait } from "./restart.ts";
import {
  bed,
  half,
  json,
  KEY,
  openUpstream,
  raw,
  silent,
  sonar,
  START,
  type Bed,
  type Upstream,
} from "./upstream.fixture.ts";

let upstream: Upstream;
const beds: Bed[] = [];
const make = (...of: Parameters<typeof bed>): Bed => {
  const made = bed(...of);
  beds.push(made);
  return made;
};

beforeAll(async () => {
  upstream = await openUpstream();
});
afterAll(() => upstream.close());
afterEach(() => {
  // Whatever happened: the key is nowhere that anybody reads.
  for (const { poller, warnings, letters, noted } of beds.splice(0))
    expect(JSON.stringify([poller.record, warnings, letters(), noted])).not.toContain(KEY);
  upstream.asked.length = 0;
});

const AT = "2026-11-21T10:19:00Z";
const good = [
  { road: "town_1", speed: 40, at: AT },
  { road: "town_2", speed: 30, at: AT },
];

describe("a poll", () => {
  test("brings events through the door, with the feed as their source and identities that a repeat has too", async () => {
    upstream.answer(json(good));
    const first = make(sonar(upstream.url));
    const second = make(sonar(upstream.url));
    const record = await first.poll();
    await second.poll();
    expect(first.events()).toMatchObject([
      { road_id: "town_1", current_speed: 40, timestamp: AT },
      { road_id: "town_2", current_speed: 30, timestamp: AT },
    ]);
    expect(second.events()).toEqual(first.events());
    expect(first.log.records(traffic.topic)[0]!.headers).toEqual({ source: "sonar" });
    expect(upstream.asked[0]!.path).toBe(`/all?key=${KEY}`);
    expect(record).toMatchObject({
      last_success_ms: START,
      newest_event_ms: Date.parse(AT),
      failed_polls: 0,
      last_error: null,
      totals: { ok: 1, failed: 0, accepted: 2, rejected: 0 },
    });
  });

  test("a value without a time has that of the poll, and another content is another event", async () => {
    upstream.answer(json([{ road: "town_1", speed: 40 }]), json([{ road: "town_1", speed: 41 }]));
    const { poll, events } = make(sonar(upstream.url));
    await poll();
    await poll();
    const [one, other] = events();
    expect([one!["timestamp"], other!["timestamp"]]).toEqual([
      "2026-11-21T10:20:00Z",
      "2026-11-21T10:20:00Z",
    ]);
    expect(one!["event_id"]).not.toBe(other!["event_id"]);
  });

  test("what the stream refuses is a dead letter, and the rest comes in", async () => {
    upstream.answer(json([...good, { road: "town_3", speed: -5, at: AT }]));
    const { poll, events, letters } = make(sonar(upstream.url));
    const record = await poll();
    expect(events()).toHaveLength(2);
    expect(letters()).toMatchObject([{ source: "sonar", stream: "traffic", pointer: "/current_speed" }]);
    expect(record.totals).toMatchObject({ accepted: 2, rejected: 1 });
  });

  test.each([
    ["gzip", gzipSync(JSON.stringify(good))],
    ["br", brotliCompressSync(JSON.stringify(good))],
  ])("an answer packed as %s is unpacked", async (encoding, body) => {
    upstream.answer(raw(body, { "content-encoding": encoding }));
    const { poll, events } = make(sonar(upstream.url));
    await poll();
    expect(events()).toHaveLength(2);
  });
});

describe("case 27: an upstream that misbehaves", () => {
  test("one that does not answer is left at the deadline, and asked again", async () => {
    upstream.answer(silent, json(good));
    const { poll, events } = make(sonar(upstream.url), { deadline_ms: 60 });
    const record = await poll();
    expect(events()).toHaveLength(2);
    expect(record.totals).toMatchObject({ ok: 1, failed: 1 });
  });

  test("one that never answers fails the poll in words, and harms nobody", async () => {
    upstream.answer(silent);
    const { poll, events, warnings } = make(sonar(upstream.url), { deadline_ms: 30 });
    const record = await poll();
    expect(events()).toEqual([]);
    expect(record).toMatchObject({
      failed_polls: 1,
      last_error: { kind: "timeout", words: "No whole answer within 0.03 s", request: "all" },
      totals: { failed: 3, errors: { timeout: 1 } },
    });
    expect(warnings).toHaveLength(1);
    // The same again is not told again.
    await poll();
    expect(warnings).toHaveLength(1);
  });

  test("500, half a body and half a JSON text are asked again", async () => {
    const text = JSON.stringify(good);
    for (const bad of [json("oops", {}, 500), half(text), json(text.slice(0, -5))]) {
      upstream.answer(bad, json(good));
      const { poll, events, pauses } = make(sonar(upstream.url));
      await poll();
      expect(events()).toHaveLength(2);
      // Full jitter: half of the first second.
      expect(pauses).toEqual([500]);
    }
  });

  test("429 is asked again when it says so, in seconds or as a date", async () => {
    const date = new Date(START + 8_000).toUTCString();
    for (const [header, wait_ms] of [
      ["7", 7_000],
      [date, 8_000],
    ] as const) {
      upstream.answer(json("slow down", { "retry-after": header }, 429), json(good));
      const { poll, events, pauses } = make(sonar(upstream.url));
      await poll();
      expect(events()).toHaveLength(2);
      expect(pauses).toEqual([wait_ms]);
    }
  });

  test("429 that wants minutes ends the poll, and the next one does not come before", async () => {
    upstream.answer(json("slow down", { "retry-after": "1200" }, 429), json(good));
    const made = make(sonar(upstream.url));
    const stop = new AbortController();
    let asked_after_first = 0;
    const running = made.poller.run(stop.signal);
    while (made.events().length === 0) {
      if ((made.noted?.record.last_call_ms ?? null) !== null && asked_after_first === 0) {
        asked_after_first = upstream.asked.length;
        expect(made.noted!.record.next_poll_ms! - made.noted!.record.noted_ms).toBeGreaterThan(minutes(19.9));
        expect(feedStatus(made.noted!.record, made.time.now_ms)).toMatchObject({ state: "failing" });
      }
      await new Promise((go) => setImmediate(go));
    }
    stop.abort();
    await running;
    expect(asked_after_first).toBe(1);
  });

  test("a refused key is told with the variable's feed, not with the key, and not asked again", async () => {
    upstream.answer((request, response) => {
      response.writeHead(403, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: `Invalid key in ${request.url}` }));
    });
    const { poll, warnings } = make(sonar(upstream.url));
    const record = await poll();
    expect(upstream.asked).toHaveLength(1);
    expect(record.last_error).toMatchObject({ kind: "key" });
    expect(record.last_error!.words).toContain("The key is refused (403)");
    expect(record.last_error!.words).toContain("•••");
    expect(warnings[0]).toStartWith("key at all:");
  });

  test.each([
    [
      "HTML with 200",
      raw(Buffer.from("<h1>Sign in</h1>"), { "content-type": "text/html" }),
      "type",
      'It answers "text/html"',
    ],
    [
      "no media type",
      raw(Buffer.from("[]"), { "content-type": "" }),
      "type",
      "It answers without a media type",
    ],
    ["a changed field", json([{ road: "town_1", velocity: 40 }]), "schema", "/0/speed: "],
    ["another shape", json({ status: "error" }), "schema", "the answer: "],
    [
      "a packing that was not asked for",
      raw(Buffer.from("x"), { "content-encoding": "zstd" }),
      "decode",
      "zstd",
    ],
    ["404", json("gone", {}, 404), "status", "It answers 404: gone"],
  ] as const)("%s is an error with its kind, and no event", async (_, answer, kind, words) => {
    upstream.answer(answer);
    const { poll, events } = make(sonar(upstream.url));
    const record = await poll();
    expect(events()).toEqual([]);
    expect(record.last_error!.kind).toBe(kind);
    expect(record.last_error!.words).toContain(words);
    expect(record.failed_polls).toBe(1);
  });

  test("an answer that is too large is left, packed or not: a gzip bomb does not go off", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const before = process.memoryUsage().rss;
    for (const answer of [
      raw(bomb, { "content-encoding": "gzip" }),
      raw(Buffer.alloc(300_000, 32), {}),
      // Without a length told.
      ((_, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const more = (): void =>
          void response.write(Buffer.alloc(50_000, 32), () => !response.destroyed && setImmediate(more));
        more();
      }) satisfies Parameters<Upstream["answer"]>[0],
    ]) {
      upstream.answer(answer);
      const { poll } = make(sonar(upstream.url), { bytes_max: 200_000 });
      const record = await poll();
      expect(record.last_error).toMatchObject({ kind: "size" });
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * 1024 * 1024);
  });

  test("a redirect elsewhere, to an inner address for one, is not followed; one within the same origin is", async () => {
    const to =
      (location: string): Parameters<Upstream["answer"]>[0] =>
      (_, response) => {
        response.writeHead(302, { location });
        response.end();
      };
    const inner = await openUpstream();
    inner.answer(json(good));
    try {
      for (const location of [
        `${inner.url}/latest/meta-data`,
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "//[::1]/",
      ]) {
        upstream.answer(to(location));
        const record = await make(sonar(upstream.url)).poll();
        expect(record.last_error).toMatchObject({ kind: "redirect" });
      }
      expect(inner.asked).toEqual([]);
      upstream.answer(to("/elsewhere"), json(good));
      const { poll, events } = make(sonar(upstream.url));
      await poll();
      expect(events()).toHaveLength(2);
      upstream.answer(to("/again"));
      expect((await make(sonar(upstream.url)).poll()).last_error).toMatchObject({ kind: "redirect" });
    } finally {
      await inner.close();
    }
  });

  test("how long an upstream wants rest is not shortened by jitter, nor by a restart", async () => {
    upstream.answer(json("slow down", { "retry-after": "1200" }, 429));
    const made = make(sonar(upstream.url), { random: () => 0 });
    const stop = new AbortController();
    const running = made.poller.run(stop.signal);
    while (made.pauses.length < 2) await new Promise((go) => setImmediate(go));
    stop.abort();
    await running;
    expect(made.pauses[1]).toBeGreaterThanOrEqual(minutes(20));
    const again = make(sonar(upstream.url));
    again.noted = made.noted;
    again.time.now_ms = made.noted!.record.noted_ms + 1_000;
    await again.poller.begin();
    expect(firstWait(again.poller.record, again.time.now_ms, 0)).toBe(minutes(20) - 1_000);
  });

  test("an upstream that wants rest keeps another of the same feed from nothing", async () => {
    const other = await openUpstream();
    upstream.answer(json("slow down", { "retry-after": "1200" }, 429));
    other.answer(json([]));
    const made = make(
      sonar(upstream.url, {
        requests: () => [upstream.url, other.url].map((url) => ({ id: url, url: `${url}/all` })),
      }),
    );
    await made.poll();
    await made.poll();
    expect([upstream.asked.length, other.asked.length]).toEqual([1, 2]);
    made.time.now_ms += minutes(21);
    await made.poll();
    expect([upstream.asked.length, other.asked.length]).toEqual([2, 3]);
    await other.close();
  });

  test("an unchanged answer is no new event: by ETag and 304, for ever, or by its content", async () => {
    upstream.answer(
      json(good, { etag: '"one"', "last-modified": "Sat, 21 Nov 2026 10:19:00 GMT" }),
      (request, response) => {
        expect(request.headers["if-none-match"]).toBe('"one"');
        expect(request.headers["if-modified-since"]).toBe("Sat, 21 Nov 2026 10:19:00 GMT");
        response.writeHead(304);
        response.end();
      },
    );
    const tagged = make(sonar(upstream.url));
    for (let i = 0; i < 5; i++) await tagged.poll();
    expect(tagged.events()).toHaveLength(2);
    expect(tagged.poller.record.totals).toMatchObject({ ok: 5, unchanged: 4, failed: 0 });
    // It answers, but it is late: that is what a page says.
    expect(feedStatus(tagged.poller.record, START + minutes(16)).state).toBe("late");

    upstream.answer(json(good));
    const plain = make(sonar(upstream.url));
    for (let i = 0; i < 3; i++) await plain.poll();
    expect(plain.events()).toHaveLength(2);
    expect(plain.poller.record.totals.unchanged).toBe(2);
  });

  test("an answer that says that it failed is an error, and a point without data is none", async () => {
    upstream.answer(json([]));
    const over = sonar(upstream.url, { error_in_answer: () => ({ kind: "rate", words: "Over quota" }) });
    expect((await make(over).poll()).last_error).toMatchObject({ kind: "rate", words: "Over quota" });
    upstream.answer(json("Point too far from nearest existing segment.", {}, 400));
    const uncovered = sonar(upstream.url, {
      no_data: (_, text) => (text.includes("too far") ? "no coverage" : null),
    });
    expect(await make(uncovered).poll()).toMatchObject({ last_error: null, failed_polls: 0 });
  });

  test("a mapping that throws ends nothing but its own poll", async () => {
    upstream.answer(json(good));
    const broken = sonar(upstream.url, {
      events: () => {
        throw new Error(`no such road for ${KEY}`);
      },
    });
    expect((await make(broken).poll()).last_error).toMatchObject({
      kind: "mapping",
      words: "no such road for •••",
    });
    const lost = sonar(upstream.url, {
      requests: () => {
        throw new TypeError("x is not a function");
      },
    });
    expect((await make(lost).poll()).last_error).toMatchObject({
      kind: "fault",
      words: "x is not a function",
    });
  });
});

describe("a feed whose events are made of several answers", () => {
  test("has failed where they cannot be put together, and puts no half of them together when it stops", async () => {
    upstream.answer(json(good));
    const broken = sonar(upstream.url, {
      together: () => {
        throw new Error("no two fit");
      },
    });
    expect(await make(broken).poll()).toMatchObject({
      failed_polls: 1,
      last_error: { kind: "mapping", words: "no two fit" },
    });
    const stop = new AbortController();
    const joined: number[] = [];
    const two = sonar(upstream.url, {
      requests: ({ settings }) =>
        ["a", "b"].map((id) => ({ id, url: `${settings.text("SONAR_URL")}/${id}` })),
      together: (answers) => {
        joined.push(answers.length);
        return [];
      },
    });
    await make(two).poll();
    upstream.answer((request, response) => {
      if (request.url === "/a") json(good)(request, response);
      else setTimeout(() => stop.abort(), 20);
    });
    await make(two).poller.poll(stop.signal);
    expect(joined).toEqual([2]);
  });
});

describe("the circuit", () => {
  test("opens after five calls that failed, spares the upstream, and closes when a probe comes through", async () => {
    upstream.answer(json("oops", {}, 503));
    const many = sonar(upstream.url, {
      requests: ({ settings }) =>
        Array.from({ length: 20 }, (_, i) => ({ id: `r${i}`, url: `${settings.text("SONAR_URL")}/${i}` })),
    });
    const made = make(many, { circuit: { rest_ms: 150, rest_ms_max: 150 } });
    expect(await made.poll()).toMatchObject({ circuit: "open", failed_polls: 1 });
    const asked = upstream.asked.length;
    // Two are open at a time: one more may have been on its way.
    expect(asked).toBeLessThanOrEqual(6);
    await made.poll();
    expect(upstream.asked).toHaveLength(asked);
    upstream.answer(json([]));
    await Bun.sleep(160);
    expect(await made.poll()).toMatchObject({ circuit: "closed", failed_polls: 0 });
    expect(upstream.asked).toHaveLength(asked + 20);
  });
});

describe("the quota", () => {
  const scarce = (max: number, requests = 1): ReturnType<typeof sonar> =>
    sonar(upstream.url, {
      calls_per_day_max: max,
      requests: ({ settings }) =>
        Array.from({ length: requests }, (_, i) => ({
          id: `r${i}`,
          url: `${settings.text("SONAR_URL")}/${i}`,
        })),
    });

  /** Runs the poller until it has lived through so much time. */
  async function live(made: Bed, span_ms: number): Promise<void> {
    const stop = new AbortController();
    const end_ms = made.time.now_ms + span_ms;
    const running = made.poller.run(stop.signal);
    while (made.time.now_ms < end_ms) await new Promise((go) => setImmediate(go));
    stop.abort();
    await running;
  }

  test("is spread over the day, counts every call, and begins anew at midnight UTC", async () => {
    upstream.answer(json([]));
    const made = make(scarce(100, 2));
    await live(made, hours(13.5));
    // 10:20 to midnight: 50 polls of 2, about 16 minutes apart.
    expect(upstream.asked.length).toBeGreaterThanOrEqual(94);
    expect(upstream.asked.length).toBeLessThanOrEqual(100);
    expect(made.poller.record.interval_ms).toBeGreaterThan(minutes(14));
    await live(made, hours(2));
    expect(made.poller.record.quota.day).toBe("2026-11-22");
    expect(made.poller.record.quota.calls).toBeLessThan(20);
  });

  test("a restart forgets neither the calls nor when the next are due", async () => {
    upstream.answer(json([]));
    const first = make(scarce(10));
    await live(first, minutes(1));
    const asked = upstream.asked.length;
    const again = make(scarce(10));
    again.noted = first.noted;
    again.time.now_ms = first.noted!.record.noted_ms + 1_000;
    const began_ms = again.time.now_ms;
    await again.poller.begin();
    expect(again.poller.record.quota.calls).toBe(asked);
    await live(again, minutes(1));
    expect(again.pauses[0]).toBeGreaterThan(first.noted!.record.next_poll_ms! - began_ms - 10);
  });

  test("a poll's calls are noted before they are made: who dies in the middle has made them", async () => {
    upstream.answer(silent);
    const made = make(scarce(100, 2));
    const stop = new AbortController();
    const running = made.poller.run(stop.signal);
    while (upstream.asked.length === 0) await new Promise((go) => setImmediate(go));
    const { quota, next_poll_ms } = made.noted!.record;
    expect(quota.calls).toBeGreaterThan(0);
    expect(next_poll_ms).toBeGreaterThan(made.time.now_ms);
    stop.abort();
    await running;
    // Given up by us: no failure of theirs.
    expect(made.noted!.record).toMatchObject({ failed_polls: 0, totals: { failed: 0 }, last_error: null });
  });

  test("a call that failed is told, though the day ends before it is tried again", async () => {
    upstream.answer(json("oops", {}, 503));
    expect(await make(scarce(1)).poll()).toMatchObject({ failed_polls: 1, last_error: { kind: "status" } });
  });

  test("calls that are used up are not made, and the page says so", async () => {
    upstream.answer(json([]), json([]), json([]), json("no more", {}, 500));
    const made = make(scarce(3, 3));
    await made.poll();
    await made.poll();
    expect(upstream.asked).toHaveLength(3);
    expect(feedStatus(made.poller.record, made.time.now_ms).state).toBe("spent");
  });

  test("a poll that takes more calls than a day has is a fault in words", async () => {
    upstream.answer(json([]));
    const record = await make(scarce(3, 4)).poll();
    expect(upstream.asked).toHaveLength(0);
    expect(record.last_error).toMatchObject({
      kind: "fault",
      words: "One poll takes 4 calls, more than the 3 of a day",
    });
  });
});

describe("case 27: what is not believed is held back, and lost is nothing", () => {
  const city = (factor: number, minute: number) =>
    Array.from({ length: 20 }, (_, i) => ({
      road: `r${i}`,
      speed: (30 + 2 * i) * factor,
      at: `2026-11-21T10:${String(minute).padStart(2, "0")}:00Z`,
    }));

  test("a unit that changed is held back within one poll, over a restart, and ends two polls after it is mended", async () => {
    const feed = sonar(upstream.url);
    let made = make(feed);
    upstream.answer(json(city(1, 0)));
    await made.poll();
    upstream.answer(json(city(1 / 3.6, 5)));
    const record = await made.poll();
    expect(record.suspect).toMatchObject({ since_ms: START, held: 20 });
    expect(record.suspect!.words).toContain("as m/s instead of km/h would be");
    expect(feedStatus(record, START).state).toBe("suspect");
    expect(made.events()).toHaveLength(20);
    expect(made.letters()).toHaveLength(20);
    expect(made.letters()[0]).toMatchObject({
      reason: "suspect",
      pointer: "/current_speed",
      source: "sonar",
    });
    // Whole, with its identity: replayed, it is the event that it would have been.
    const payload = JSON.parse(Buffer.from(String(made.letters()[0]!["payload"]), "base64").toString());
    expect(payload).toMatchObject({
      road_id: "r0",
      timestamp: "2026-11-21T10:05:00Z",
      event_id: expect.any(String),
    });
    expect(made.warnings.at(-1)).toContain("is suspect");

    const { noted } = made;
    made = make(feed);
    made.noted = noted;
    await made.poller.begin();
    upstream.answer(json(city(1, 15)));
    expect((await made.poll()).suspect).not.toBeNull();
    expect(made.events()).toHaveLength(0);
    upstream.answer(json(city(1, 20)));
    expect((await made.poll()).suspect).toBeNull();
    expect(made.events()).toHaveLength(20);
    expect(made.warnings.at(-1)).toContain("is believed again");
  });

  test("an operator's word ends it at the next poll, and a word from before does not", async () => {
    const made = make(sonar(upstream.url));
    upstream.answer(
      json(city(1, 0)),
      json(city(3.6, 5)),
      json(city(3.6, 6)),
      json(city(3.6, 7)),
      json(city(3.6, 8)),
    );
    made.believed_ms = START - 1;
    await made.poll();
    await made.poll();
    expect((await made.poll()).suspect).toMatchObject({ held: 40 });
    made.believed_ms = START;
    expect((await made.poll()).suspect).toBeNull();
    // From now on this is what is measured by.
    expect((await made.poll()).suspect).toBeNull();
    expect(made.events()).toHaveLength(60);
    expect(made.warnings.at(-1)).toContain("as an operator says; 40 values were held back");
  });

  test("what was held back comes in with an operator's word, though the upstream has nothing newer", async () => {
    const made = make(sonar(upstream.url));
    upstream.answer(json(city(1, 0)), json(city(3.6, 5)));
    await made.poll();
    expect((await made.poll()).suspect).not.toBeNull();
    made.believed_ms = START;
    await made.poll();
    expect(made.events()).toHaveLength(40);
  });

  test("an answer most of which is no event is nonsense, and held back whole", async () => {
    upstream.answer(json(city(1, 0).map((one, i) => (i % 3 === 0 ? one : { ...one, speed: -1 }))));
    const made = make(sonar(upstream.url));
    const record = await made.poll();
    expect(record.suspect!.words).toBe("13 of 20 values are no road traffic");
    expect(made.events()).toEqual([]);
    expect(made.letters()).toHaveLength(20);
    upstream.answer(json(city(1, 5)));
    expect((await made.poll()).suspect).toBeNull();
  });
});
