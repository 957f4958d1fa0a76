/** Configuration: environment variables, checked once. The only place that reads the environment. */
import { z } from "zod";
import { isArchiveLocation } from "./archive/open-target.ts";
import { ConfigError, shown } from "./core/errors.ts";
import type { Feed, FeedSettings } from "./sources/feeds/feed.ts";
import { feeds as declared_feeds } from "./sources/feeds/index.ts";
import { atPace } from "./sources/feeds/pace.ts";
import { feedSettings } from "./sources/feeds/settings.ts";

const FEEDS: readonly string[] = ["simulator", ...declared_feeds.map(({ name }) => name)];
/** What a process does; all of it by default. */
export const ROLES = ["web", "feeds", "speed", "batch", "predict", "jobs"] as const;
export type Role = (typeof ROLES)[number];
const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

const list = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL that starts with ${protocols.map((p) => `${p}//`).join(" or ")}`,
  });

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, { error: `must be a whole number from ${min} to ${max}` });

const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

const isHostPort = (text: string): boolean => /^(\[[^\]]+\]|[^:\s/@]+):\d{1,5}$/.test(text);

const variables = z.object({
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: whole(0, 65_535).default(3_000),
  DATA_DIR: z.string().min(1).default(".data"),
  DATABASE_URL: url("postgres:", "postgresql:").optional(),
  KAFKA_BROKERS: z
    .string()
    .transform(list)
    .refine((brokers) => brokers.length > 0 && brokers.every(isHostPort), {
      error: "must be a comma list of host:port",
    })
    .optional(),
  KAFKA_SSL: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true"),
  KAFKA_SASL_MECHANISM: z.enum(["plain", "scram-sha-256", "scram-sha-512"]).optional(),
  KAFKA_SASL_USERNAME: z.string().min(1).optional(),
  KAFKA_SASL_PASSWORD: z.string().min(1).optional(),
  REDIS_URL: url("redis:", "rediss:").optional(),
  ROLES: z
    .string()
    .default(ROLES.join(","))
    .transform((text) => [...new Set(list(text))])
    .refine((roles): roles is Role[] => roles.length > 0 && roles.every(isRole), {
      error: `must be a comma list of ${ROLES.join(", ")}`,
    }),
  CITY: z.string().min(1).default("demo"),
  FEEDS: z
    .string()
    .default("simulator")
    .transform((text) => [...new Set(list(text))].filter((feed) => feed !== "none"))
    .refine((feeds) => feeds.every((feed) => FEEDS.includes(feed)), {
      error: `must be a comma list of ${FEEDS.join(", ")}, or none`,
    }),
  SIMULATOR_RATE: z
    .string()
    .regex(/^\d{1,4}(\.\d{1,3})?$/, "must be a number from 0.001 to 1000")
    .transform(Number)
    .refine((n) => n >= 0.001 && n <= 1_000, { error: "must be a number from 0.001 to 1000" })
    .default(1),
  SIMULATOR_SEED: whole(0, 999_999_999).default(1),
  SEED_HOURS: whole(0, 24 * 60).default(24),
  HISTORY_DAYS: whole(1, 3_650).optional(),
  LOG_HOURS: whole(1, 24 * 365).optional(),
  PREDICT_TRIAL_PERCENT: whole(0, 50).default(0),
  QUALITY_STUCK_HOURS: whole(0, 25).default(6),
  QUALITY_JUMPS: whole(0, 10_000).default(12),
  QUALITY_COMPLETENESS: whole(0, 100).default(0),
  ARCHIVE: z
    .string()
    .refine(isArchiveLocation, { error: "must be a folder, or s3://bucket/prefix" })
    .optional(),
  BACKUP: z
    .string()
    .refine(isArchiveLocation, { error: "must be a folder, or s3://bucket/prefix" })
    .optional(),
  BACKUPS_KEPT: whole(1, 365).optional(),
  S3_ENDPOINT: url("http:", "https:").optional(),
  S3_REGION: z.string().min(1).optional(),
  S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  ALLOWED_HOSTS: z.string().default("").transform(list),
  ADMIN_TOKEN: z.string().min(16, "must have at least 16 characters").optional(),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("warn"),
});

export interface Config extends z.output<typeof variables> {
  /** Only this machine can reach the server. */
  loopback: boolean;
  /** The feeds that this process polls, at their pace and with the variables that they declare. None without the role feeds. */
  feeds: readonly { feed: Feed; settings: FeedSettings }[];
}

/**
 * @param env The environment; an empty text counts as not set.
 * @throws {ConfigError} one sentence that names the variable, its value and what is wanted.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const read = variables.safeParse(set);
  if (!read.success) {
    const issue = read.error.issues[0]!;
    const name = String(issue.path[0]);
    // A secret is never repeated, also not where it is wrong.
    const value = /TOKEN|PASSWORD|SECRET|_URL$/.test(name) ? "set" : shown(set[name]);
    throw new ConfigError(`${name} is ${value}, but it ${wanted(issue)}`);
  }
  const loopback = LOOPBACK.has(read.data.HOST);
  if (!loopback && read.data.ADMIN_TOKEN === undefined) {
    throw new ConfigError(
      `HOST is ${shown(read.data.HOST)}, which others can reach, but ADMIN_TOKEN is not set: set it to at least 16 characters, or HOST to 127.0.0.1`,
    );
  }
  refuseWhatCannotWork(read.data);
  const feeds = declared_feeds
    .filter(({ name }) => read.data.ROLES.includes("feeds") && read.data.FEEDS.includes(name))
    .map((feed) => ({ feed: atPace(feed, env), settings: feedSettings(feed, env) }));
  return { ...read.data, loopback, feeds };
}

/** Variables that are fine alone and not together. */
function refuseWhatCannotWork(read: z.output<typeof variables>): void {
  const { ROLES: roles, KAFKA_SASL_MECHANISM: mechanism } = read;
  if (mechanism !== undefined) {
    for (const name of ["KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"] as const) {
      if (read[name] === undefined)
        throw new ConfigError(`KAFKA_SASL_MECHANISM is "${mechanism}", but ${name} is not set: set it too`);
    }
  }
  if (read.KAFKA_BROKERS === undefined && (read.KAFKA_SSL || mechanism !== undefined))
    throw new ConfigError("KAFKA_SSL or KAFKA_SASL_MECHANISM is set, but KAFKA_BROKERS is not: set it too");
  if (!roles.includes("batch") && read.DATABASE_URL === undefined) {
    throw new ConfigError(
      `ROLES is "${roles.join(",")}", but DATABASE_URL is not set: without the role batch here, history is another process's, and the two need one database`,
    );
  }
  if (roles.includes("web") && !roles.includes("speed") && read.REDIS_URL === undefined) {
    throw new ConfigError(
      `ROLES is "${roles.join(",")}", but REDIS_URL is not set: without the role speed here, the live view is another process's, and the two need one Redis`,
    );
  }
}

const wanted = (issue: z.core.$ZodIssue): string =>
  issue.code === "invalid_value" ? `must be one of ${issue.values.join(", ")}` : issue.message;
