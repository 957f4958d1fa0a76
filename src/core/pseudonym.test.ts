import { describe, expect, test } from "bun:test";
import { pseudonym } from "./pseudonym.ts";

describe("a pseudonym", () => {
  test("is the same for the same person and salt, and another for another of either", () => {
    const all = [pseudonym("user_1", "a"), pseudonym("user_2", "a"), pseudonym("user_1", "b")];
    expect(pseudonym("user_1", "a")).toBe(all[0]!);
    expect(new Set(all).size).toBe(3);
    expect(all[0]).not.toContain("user_1");
  });

  test("of a pseudonym is itself, so that an event may be read any number of times", () => {
    const once = pseudonym("user_1", "a");
    expect(pseudonym(once, "a")).toBe(once);
    expect(pseudonym(`${once}x`, "a")).not.toBe(`${once}x`);
  });

  test("without a salt is one that no other process would make, but always the same here", () => {
    expect(pseudonym("user_1")).toBe(pseudonym("user_1"));
    expect(pseudonym("user_1")).not.toBe(pseudonym("user_1", ""));
  });
});
