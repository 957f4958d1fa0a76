import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { readConfig } from "./config.ts";
import { feeds } from "./sources/feeds/index.ts";

describe("readConfig()", () => {
  test("needs nothing", () => {
    expect(readConfig({})).toMatchObject({
      HOST: "127.0.0.1",
      PORT: 3000,
      DATA_DIR: ".data",
      FEEDS: ["simulator"],
      loopback: true,
    });
  });

  test.each([
    ["PORT", "http", 'PORT is "http", but it must be a whole number from 0 to 65535'],
    ["PORT", "70000", 'PORT is "70000", but it must be a whole number from 0 to 65535'],
    ["FEEDS", "simulator,nobody", 'FEEDS is "simulator,nobody", but it must be a comma list of simulator'],
    [
      "LOG_LEVEL",
      "loud",
      'LOG_LEVEL is "loud", but it must be one of trace, debug, info, warn, error, silent',
    ],
    [
      "DATABASE_URL",
      "mysql://me:secret@db",
      "DATABASE_URL is set, but it must be a URL that starts with postgres:// or postgresql://",
    ],
    ["ADMIN_TOKEN", "short", "ADMIN_TOKEN is set, but it must have at least 16 characters"],
    [
      "REDIS_URL",
      "http://:secret@x",
      "REDIS_URL is set, but it must be a URL that starts with redis:// or rediss://",
    ],
    ["KAFKA_BROKERS", "kafka", 'KAFKA_BROKERS is "kafka", but it must be a comma list of host:port'],
    ["KAFKA_SSL", "yes", 'KAFKA_SSL is "yes", but it must be one of true, false'],
    [
      "ROLES",
      "web,cook",
      'ROLES is "web,cook", but it must be a comma list of web, feeds, speed, batch, predict, jobs',
    ],
  ])("names the variable, its value and what is wanted: %s=%s", (name, value, message) => {
    expect(() => readConfig({ [name]: value })).toThrow(message);
  });

  test("refuses to open the doors to others without a token", () => {
    expect(() => readConfig({ HOST: "0.0.0.0" })).toThrow(/ADMIN_TOKEN is not set/);
    expect(readConfig({ HOST: "0.0.0.0", ADMIN_TOKEN: "0123456789abcdef" }).loopback).toBe(false);
  });

  test("refuses what cannot work together, naming both", () => {
    const kafka = { KAFKA_BROKERS: "a:9092,b:9092" };
    expect(readConfig(kafka).KAFKA_BROKERS).toEqual(["a:9092", "b:9092"]);
    expect(() => readConfig({ KAFKA_SSL: "true" })).toThrow(/KAFKA_BROKERS is not/);
    expect(() => readConfig({ ...kafka, KAFKA_SASL_MECHANISM: "plain" })).toThrow(/KAFKA_SASL_USERNAME/);
    expect(() => readConfig({ ROLES: "web,speed" })).toThrow(/DATABASE_URL is not set/);
    expect(() => readConfig({ ROLES: "web,batch" })).toThrow(/REDIS_URL is not set/);
    const shared = { DATABASE_URL: "postgres://db/x", REDIS_URL: "redis://r" };
    expect(readConfig({ ...shared, ROLES: "web" }).ROLES).toEqual(["web"]);
  });

  test("a feed without its key is one sentence, in a process that polls feeds", () => {
    const wants_key = "HERE_API_KEY is not set";
    expect(() => readConfig({ FEEDS: "simulator,here" })).toThrow(wants_key);
    expect(() => readConfig({ FEEDS: "simulator,here", HERE_API_KEY: "" })).toThrow(wants_key);
    const elsewhere = readConfig({ FEEDS: "here", ROLES: "web,speed", DATABASE_URL: "postgres://db/x" });
    expect(elsewhere.feeds).toEqual([]);
    const here = readConfig({ FEEDS: "here", HERE_API_KEY: "k3y" }).feeds[0]!.settings;
    expect(here.secret("HERE_API_KEY")?.reveal()).toBe("k3y");
    expect(JSON.stringify(readConfig({ FEEDS: "here", HERE_API_KEY: "k3y" }).feeds)).not.toContain("k3y");
  });

  test("an empty variable is one that is not set", () => {
    expect(readConfig({ PORT: "", FEEDS: "none" })).toMatchObject({ PORT: 3000, FEEDS: [] });
  });

  test(".env.example names every variable", () => {
    const example = readFileSync(new URL("../.env.example", import.meta.url), "utf8");
    const named = [...example.matchAll(/^#?\s?([A-Z_]+)=/gm)].map((m) => m[1]);
    const source = readFileSync(new URL("./config.ts", import.meta.url), "utf8");
    const declared = [...source.matchAll(/^ {2}([A-Z_]+): /gm)].map((m) => m[1]);
    const of_feeds = feeds.flatMap(({ variables }) => Object.keys(variables));
    expect(new Set(named)).toEqual(new Set([...declared, ...of_feeds, "FEED_EVERY_S"]));
  });
});
