/** `/api/feeds`: feeds in several states as documented, and an operator's word. */
import { expect, test } from "bun:test";
import { z } from "zod";
import type { FeedStatus } from "../src/core/feed-status.ts";
import { feedOf } from "../src/observe/facts.fixture.ts";
import { unobserved } from "../src/serving/delivery.ts";
import { fixture } from "../test/api-fixture.ts";
import { feedRoutes } from "./feeds.ts";
import { feedSchema } from "./schema/feeds.ts";

const since_ms = Date.UTC(2026, 10, 21, 10, 5);
const feeds: FeedStatus[] = [
  feedOf(),
  feedOf({
    feed: "gtfs-rt",
    state: "failing",
    last_success_ms: null,
    newest_event_ms: null,
    age_ms: null,
    success_rate_hour: null,
    quota: { day: "2026-11-21", calls: 3, max: null },
    last_error: { kind: "half", words: "The answer ended early", request: "all", at_ms: since_ms },
    circuit: "open",
  }),
  feedOf({ feed: "tomtom", state: "suspect", suspect: { since_ms, words: "3.6 times as low", held: 12 } }),
];

test("tells every feed as documented", async () => {
  const app = feedRoutes(
    { serving: { cursor: async () => "c", delivery: () => ({ ...unobserved, feeds }) }, clock },
    { believe: async () => null },
  );
  const answer = await app.request("/api/feeds");
  expect(answer.status).toBe(200);
  const body = z
    .object({ data: z.array(feedSchema.strict()), meta: z.looseObject({}) })
    .parse(await answer.json());
  expect(body.data.map(({ feed, state }) => [feed, state])).toEqual([
    ["here", "ok"],
    ["gtfs-rt", "failing"],
    ["tomtom", "suspect"],
  ]);
  expect(body.data[1]).toMatchObject({ calls_per_day_max: null, last_error: { kind: "half", over: false } });
  expect(body.data[2]!.suspect).toEqual({
    since: "2026-11-21T10:05:00Z",
    words: "3.6 times as low",
    held: 12,
  });
  expect(body.meta).toMatchObject({ as_of: "2026-11-21T10:17:00Z", coverage: 1 / 3 });
});
const clock = { now: () => Date.UTC(2026, 10, 21, 10, 20), monotonic: () => 0 };

test("an operator's word is for a suspect feed, and wants the token", async () => {
  const said: string[] = [];
  const desk = {
    async believe(feed: string) {
      said.push(feed);
      return feed === "here" ? true : feed === "tomtom" ? false : null;
    },
  };
  const { app } = await fixture({ feeds: desk, admin_token: "0123456789abcdef" });
  const post = async (feed: string, headers: Record<string, string> = {}): Promise<number> =>
    (await app.request(`/api/feeds/${feed}/believe`, { method: "POST", headers })).status;
  expect(await post("here")).toBe(401);
  expect(said).toEqual([]);
  const authorization = "Bearer 0123456789abcdef";
  expect(await post("here", { authorization })).toBe(202);
  expect(await post("tomtom", { authorization })).toBe(409);
  expect(await post("sonar", { authorization })).toBe(404);
});
