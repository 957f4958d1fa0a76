import { describe, expect, test } from "bun:test";
import { check, city, decode } from "../../test/bad-input-kit.ts";
import { goodOf } from "../../test/bad-input-samples.ts";
import { traffic } from "../streams/traffic.ts";
import { transactions } from "../streams/transactions.ts";
import { withoutPersons } from "./personal.ts";
import { pseudonym } from "./pseudonym.ts";

const AT_MS = Date.UTC(2026, 10, 21, 10);
const sale = (more: Record<string, unknown>) => ({ ...goodOf(transactions, AT_MS), ...more });
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const kept = (value: Uint8Array): string =>
  Buffer.from(withoutPersons(transactions, value, city.salt)).toString();

describe("a refused value of a stream with fields of persons", () => {
  test("is kept with these hashed as in an event, whatever else is wrong with it", () => {
    const value = sale({ user_id: "Ada", amount: 0 });
    expect(JSON.parse(kept(bytes(value)))).toEqual({ ...value, user_id: pseudonym("Ada", city.salt) });
    expect(JSON.parse(kept(Buffer.from(kept(bytes(value)))))).toEqual(JSON.parse(kept(bytes(value))));
  });

  test("stays refused for the same reason once it is unreadable, and holds nothing of the person", () => {
    const bad = [
      "Ada".repeat(50),
      "Ada\u0000",
      "Ada\ud800",
      "שּׁ".repeat(128),
      "🂡".repeat(70),
      1815,
      { Ada: "Ada" },
      [1815],
      true,
      "",
    ];
    for (const user_id of bad) {
      const before = check(transactions, sale({ user_id }));
      const after = decode(transactions, kept(bytes(sale({ user_id }))));
      if (before.ok || after.ok) throw new Error(`${JSON.stringify(user_id)} is taken`);
      expect([after.reject.reason, after.reject.pointer]).toEqual([before.reject.reason, "/user_id"]);
      expect(kept(bytes(sale({ user_id })))).not.toMatch(/Ada|1815|שּׁ|🂡/);
      expect([before.reject.value, after.reject.value]).toEqual(["", ""]);
    }
  });

  test("is not kept where it is no object that could be taken apart, nor told", () => {
    for (const text of [
      `{"user_id":"Ada"`,
      `["Ada"]`,
      `"Ada"`,
      `{"user_id":"Ada${"x".repeat(70_000)}"}`,
      "",
    ]) {
      expect(kept(Buffer.from(text))).toBe("");
      const d = decode(transactions, text);
      expect(d.ok ? "taken" : d.reject.value).toBe("");
    }
    const nested = check(transactions, sale({ product_name: { user_id: "Ada" } }));
    expect(nested.ok ? "taken" : nested.reject).toMatchObject({ pointer: "/product_name", value: "" });
  });

  test("its other fields are told, and other streams' values are kept as they came", () => {
    const d = check(transactions, sale({ amount: 2_000_000 }));
    expect(d.ok ? "taken" : d.reject).toMatchObject({ pointer: "/amount", value: "2000000" });
    const broken = Buffer.from(`{"road_id":`);
    expect(withoutPersons(traffic, broken, city.salt)).toBe(broken);
  });
});
