/** Every address of the document, with good and bad values: no 5xx, every answer as documented. */
import { expect, test } from "bun:test";
import type { OpenApiDocument } from "./openapi.ts";
import { fixture } from "../test/api-fixture.ts";
import { streams } from "../src/streams/index.ts";
import { pageToken } from "./page-token.ts";
import { faultsIn } from "../test/schema-check.ts";
import { goodValues, keysByName } from "../test/walk-values.ts";
import { walk } from "../test/walk.ts";

const keys = new Map(streams.map((stream) => [stream, "r1"]));

const json = (body: unknown): RequestInit => ({
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});

test("every operation answers as documented, whatever it is asked", async () => {
  const { app, faults } = await fixture();
  const document = (await (await app.request("/openapi.json")).json()) as OpenApiDocument;
  const steps = await walk(document, {
    good: {
      ...goodValues({ keys, streams, roads: ["r1", "=1+1"] }),
      feed: ["here"],
      cursor: ["Y3Vyc29y"],
      "deadLetters.cursor": [pageToken("dead-letters", "7")],
      since: ["Y3Vyc29y"],
      "dataQuality.stream": ["traffic"],
      "dataQuality.from": ["2026-11-19"],
      "dataQuality.to": ["2026-11-21"],
      min_completeness: ["0", "99.5"],
      below_completeness: ["100"],
      exclusion_id: ["1"],
      from: ["2026-11-21T09:00:00Z", "2026-11-21T11:00:00+02:00"],
      to: ["2026-11-21T10:00:00Z"],
    },
    keys: keysByName({ keys }),
    bodies: {
      replayDeadLetters: {
        good: [json({ ids: ["7", "8"] })],
        bad: [
          json({}),
          json({ ids: [] }),
          json({ ids: [7] }),
          json({ ids: ["7"], more: 1 }),
          json([]),
          { body: "{", headers: { "content-type": "application/json" } },
          { body: "x" },
        ],
      },
      ingest: { good: [json({ road_id: "r1" })], bad: [] },
      excludeKey: {
        good: [
          json({ stream: "traffic", key: "r1", reason: "works" }),
          json({
            stream: "traffic",
            key: "r1",
            from_day: "2026-11-01",
            to_day: "2026-11-02",
            reason: "works",
          }),
        ],
        bad: [
          json({}),
          json([]),
          json({ stream: "traffic", key: "", reason: "works" }),
          json({ stream: "traffic", key: "r1", reason: 7 }),
          json({ stream: "traffic", key: "r1", reason: "x", from_day: "2026-02-30" }),
          json({ stream: "traffic", key: "r1", reason: "x", from_day: "2026-02-02", to_day: "2026-02-01" }),
          { body: "{", headers: { "content-type": "application/json" } },
        ],
      },
    },
    // Jobs and data quality are asked of a whole process: test/whole.test.ts.
    skip: ["live", "jobRun", "jobRuns", "startJob"],
    send: (path, init) => app.request(path, init),
  });
  expect(steps.length).toBeGreaterThan(500);
  expect(steps.filter((step) => step.faults.length > 0)).toEqual([]);
  expect(faults).toEqual([]);
});

test("the check sees what is missing, too much, out of bounds and of another type", () => {
  const root = {
    components: {
      schemas: {
        A: {
          type: "object",
          properties: { n: { type: ["integer", "null"], minimum: 0, maximum: 5 } },
          required: ["n"],
        },
      },
    },
  };
  const a = { $ref: "#/components/schemas/A" };
  expect(faultsIn(root, a, { n: 5 })).toEqual([]);
  expect(faultsIn(root, a, { n: null })).toEqual([]);
  for (const broken of [{}, { n: 6 }, { n: -1 }, { n: "1" }, { n: 1, m: 1 }, [], null])
    expect(faultsIn(root, a, broken)).toHaveLength(1);
});
