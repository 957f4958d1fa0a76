import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { emergencyStates } from "../streams/emergencies.ts";
import { timeline, type Report } from "./emergency-timeline.ts";

const report = (time_s: number, status: string, opened_s: number | null = null): Report => ({
  time_ms: time_s * 1_000,
  status,
  opened_ms: opened_s === null ? null : opened_s * 1_000,
});
const of = (...reports: Report[]) => timeline(reports, emergencyStates);
const told = (...reports: Report[]) =>
  of(...reports).transitions.map(({ from, to, valid }) => `${from ?? "-"} > ${to}${valid ? "" : " !"}`);

describe("the timeline of an emergency", () => {
  test("goes through its states, and says how long it took to be there", () => {
    const all = emergencyStates.map((status, n) => report(n * 60, status, -30));
    expect(of(...all)).toMatchObject({
      status: "closed",
      opened_ms: -30_000,
      closed_ms: 240_000,
      response_s: 120,
    });
    expect(told(...all)).toEqual([
      "- > dispatched",
      "dispatched > en_route",
      "en_route > on_scene",
      "on_scene > transporting",
      "transporting > closed",
    ]);
  });

  test("states may be left out, and be told again while they last", () => {
    expect(
      told(report(0, "dispatched"), report(1, "on_scene"), report(2, "on_scene"), report(3, "closed")),
    ).toEqual(["- > dispatched", "dispatched > on_scene", "on_scene > on_scene", "on_scene > closed"]);
  });

  test("back, after the end, or before the call was taken: told, with why, and nothing moves", () => {
    const line = of(
      report(0, "on_scene", 5),
      report(10, "dispatched", 5),
      report(20, "on_scene"),
      report(30, "en_route"),
      report(40, "closed"),
      report(50, "on_scene"),
      report(60, "closed"),
    );
    expect(line.transitions.map(({ reason }) => reason)).toEqual([
      "on_scene before the call was taken",
      null,
      null,
      "en_route after on_scene: it does not go back",
      null,
      "on_scene after closed",
      "closed after closed",
    ]);
    expect(line).toMatchObject({ status: "closed", closed_ms: 40_000, response_s: 10 });
  });

  test("closed before it was opened is flagged, and closes nothing", () => {
    const line = of(report(0, "closed", 60), report(70, "dispatched", 60));
    expect(line.transitions[0]).toEqual({
      from: null,
      to: "closed",
      valid: false,
      reason: "closed before the call was taken",
    });
    expect(line).toMatchObject({ status: "dispatched", closed_ms: null });
  });

  test("without a dispatch or an arrival there is no response time", () => {
    expect(of(report(0, "en_route"), report(9, "on_scene")).response_s).toBeNull();
    expect(of(report(0, "dispatched"), report(9, "closed")).response_s).toBeNull();
    expect(of()).toEqual({
      transitions: [],
      status: null,
      opened_ms: null,
      closed_ms: null,
      response_s: null,
    });
  });

  test("law: what is valid never goes back, ends at most once, and makes the state that is told", () => {
    const any = fc.array(fc.constantFrom(...emergencyStates), { maxLength: 12 });
    fc.assert(
      fc.property(any, (states) => {
        const line = of(...states.map((status, n) => report(n, status)));
        const valid = line.transitions
          .filter((t) => t.valid)
          .map((t) => emergencyStates.indexOf(t.to as "closed"));
        expect(valid).toEqual(valid.toSorted((a, b) => a - b));
        expect(valid.filter((n) => n === 4).length).toBeLessThanOrEqual(1);
        expect(line.status).toBe(valid.length === 0 ? null : emergencyStates[valid.at(-1)!]!);
        for (const { valid: fine, reason } of line.transitions) expect(fine).toBe(reason === null);
      }),
    );
  });
});
