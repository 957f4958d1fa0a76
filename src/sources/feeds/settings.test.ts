import { describe, expect, test } from "bun:test";
import { inspect } from "node:util";
import type { FeedVariable } from "./feed.ts";
import { scrub, Secret } from "./secret.ts";
import { feedSettings, secretsOf } from "./settings.ts";

const variables: Record<string, FeedVariable> = {
  SONAR_KEY: { kind: "secret", required: true, doc: "get one at sonar.example" },
  SONAR_URL: { kind: "url", required: true, default: "https://sonar.example/", doc: "where it is" },
  SONAR_FEED_URL: { kind: "secret-url", required: false, doc: "an address with a key in it" },
};
const feed = { name: "sonar", variables };

describe("feedSettings()", () => {
  test("a key that is not set is one sentence that names the variable", () => {
    expect(() => feedSettings(feed, { SONAR_KEY: "" })).toThrow(
      'FEEDS has "sonar", but SONAR_KEY is not set: get one at sonar.example',
    );
  });

  test("defaults are taken, slashes at the end are not", () => {
    const settings = feedSettings(feed, { SONAR_KEY: "abcdef" });
    expect(settings.text("SONAR_URL")).toBe("https://sonar.example");
    expect(settings.secret("SONAR_KEY")?.reveal()).toBe("abcdef");
    expect(settings.secret("SONAR_FEED_URL")).toBeUndefined();
    const own = feedSettings(feed, { SONAR_KEY: "abcdef", SONAR_FEED_URL: "https://a.example/v?key=b64/" });
    expect(own.secret("SONAR_FEED_URL")?.reveal()).toBe("https://a.example/v?key=b64/");
    expect(() => settings.text("SONAR_KEY")).toThrow(RangeError);
    expect(() => settings.text("OTHER")).toThrow(RangeError);
  });

  test.each([
    [{ SONAR_KEY: "hunter2\r\nX: y" }, "SONAR_KEY is set, but it must not have control characters"],
    [{ SONAR_KEY: "k", SONAR_URL: "ftp://a" }, "SONAR_URL is set, but it must be a URL"],
    [{ SONAR_KEY: "k", SONAR_FEED_URL: "hunter2" }, "SONAR_FEED_URL is set, but it must be a URL"],
  ])("what is wrong is told without the value: %#", (env, message) => {
    const run = (): unknown => feedSettings(feed, env);
    expect(run).toThrow(message);
    expect(run).not.toThrow(/hunter2|ftp/);
  });
});

describe("a secret", () => {
  const key = "s3cr+t/ä key";

  test("cannot be printed by accident", () => {
    const secret = new Secret(key);
    for (const text of [`${secret}`, JSON.stringify({ secret }), inspect({ secret }), Bun.inspect(secret)])
      expect(text).not.toContain("s3cr");
    expect(secret.reveal()).toBe(key);
  });

  test("is taken out of every text in every form in which it travels", () => {
    const url = "https://u:passw0rd@feeds.example/private/a1b2c3?api_key=q9w8e7r6";
    const settings = feedSettings(feed, { SONAR_KEY: key, SONAR_FEED_URL: url });
    const secrets = secretsOf(feed, settings);
    const text = [
      `GET https://x/?key=${encodeURIComponent(key)}`,
      `GET https://x/?${new URLSearchParams({ key })}`,
      JSON.stringify({ error: `Invalid key ${key}` }),
      `cannot reach ${url}`,
      "q9w8e7r6 is refused, and passw0rd too, at /private/a1b2c3",
      "no feed a1b2c3",
    ].join("\n");
    const clean = scrub(text, secrets);
    for (const part of ["s3cr", "passw0rd", "a1b2c3", "q9w8e7r6"]) expect(clean).not.toContain(part);
    expect(clean).toContain("Invalid key");
    expect(clean).toContain("https://x/");
    expect(scrub("invalid token t0k3n.abc", [new Secret("Bearer t0k3n.abc")])).toBe("invalid token •••");
  });
});
