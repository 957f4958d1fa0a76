/** The jobs on the page of streams: words for every state, the share that is wanted, other people's texts escaped. */
import { describe, expect, test } from "bun:test";
import type { JobStatus } from "../src/core/job.ts";
import { jobOf, runOf } from "../src/observe/facts.fixture.ts";
import { unobserved } from "../src/serving/delivery.ts";
import { renderStreamsNote } from "./streams.tsx";

const NOW = Date.UTC(2026, 10, 21, 10, 20);
const city = { city_id: "test", name: "Test", zone: "Europe/Berlin", attribution: [], peak_hours: [] };

function page(...jobs: JobStatus[]): string {
  const html = renderStreamsNote([], { ...unobserved, jobs }, city, NOW, new Set());
  return html.slice(html.indexOf('class="jobs"'), html.indexOf('class="delivery"'));
}
const text = (html: string): string => html.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");

test("a row tells when a job is due, how the last run went and took, what it did, and when the next is", () => {
  const html = page(jobOf());
  expect(text(html)).toContain(
    "Nightly count nightly ● done Run now daily at 03:00 03:01, 8 h ago 61 s 03:00, in 16 h 99 % of 312 runs",
  );
  expect(text(html)).toContain("rows 1,234 · all is well");
  expect(html).toContain('data-run="nightly"');
});

describe("each state has a word of its own", () => {
  const cases: readonly [what: string, status: Partial<JobStatus>, said: string, button: boolean][] = [
    ["not run yet", { last: null, ended: 0, done: 0 }, "○ not run yet", true],
    ["waiting", { open: runOf({ state: "queued", attempts: 0 }) }, "○ waiting", false],
    [
      "running",
      {
        open: runOf({
          state: "running",
          started_ms: NOW - 5_000,
          progress: { done: 2, total: 8, words: "days" },
        }),
      },
      "2 of 8 days running for 5 s",
      false,
    ],
    [
      "running, by hand, again",
      { open: runOf({ state: "running", trigger: "hand", attempts: 2, started_ms: NOW, progress: null }) },
      "running for 0 s, attempt 2, asked for by hand",
      false,
    ],
    [
      "running, nobody knows how far",
      {
        open: runOf({ state: "running", started_ms: NOW, progress: { done: 1_234, total: null, words: "" } }),
      },
      "1,234 running for",
      false,
    ],
    [
      "failed",
      { last: runOf({ state: "failed", error: "no room", attempts: 3 }) },
      "no room · 3 attempts",
      true,
    ],
    ["tried again", { open: runOf({ state: "queued", error: "no room" }) }, "✕ failed, tried again", false],
    ["overdue", { overdue_ms: 600_000 }, "◐ due 10 min ago", true],
    [
      "a result in counts",
      { last: runOf({ result: { days_kept: 3, ok: true } }) },
      "days kept 3 · ok yes",
      true,
    ],
    [
      "three days ago",
      { last: runOf({ ended_ms: NOW - 3 * 86_400_000 }) },
      "2026-11-18 11:20, 3 d ago",
      true,
    ],
  ];
  for (const [what, status, said, button] of cases)
    test(what, () => {
      const html = page(jobOf(status));
      expect([text(html).includes(said), html.includes("data-run")]).toEqual([true, button]);
    });
});

test("a job of the command alone, or one that wants a flag, has its command in place of a button", () => {
  const { job } = jobOf();
  expect(page(jobOf({ job: { ...job, command_only: true } }))).toContain("bun run job nightly");
  const stream = { kind: "text", usual: null, doc: "which" } as const;
  expect(page(jobOf({ job: { ...job, flags: { stream } } }))).not.toContain("data-run");
});

test("the share of runs that were done is never rounded up, and stands out where it is less than wanted", () => {
  expect(page(jobOf({ ended: 1_000, done: 999 }))).toContain("99 % of 1,000 runs");
  expect(page(jobOf({ ended: 1_000, done: 989 }))).toContain("<strong>98 % of 1,000 runs</strong>");
  expect(text(page(jobOf(), jobOf({ ended: 1, done: 0 })))).toContain(
    "98 % of 313 runs of the last 30 days were done; wanted is 99 %.",
  );
  expect(text(page(jobOf({ last: null, ended: 0, done: 0 })))).toContain("No run has ended yet.");
});

test("what a job says is text", () => {
  const html = page(
    jobOf({ last: runOf({ state: "failed", error: "<img src=x>" }) }),
    jobOf({ last: runOf({ result: { words: "<b>" } }) }),
  );
  expect(html).not.toContain("<img");
  expect(html).toContain("&lt;b&gt;");
});

test("before the database has answered it says so", () => {
  expect(text(page())).toContain("Not known yet");
});
