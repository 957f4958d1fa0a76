/** docker-compose.yml and Dockerfile, without Docker: read as docker-compose reads them, and held against the code. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { scripts, version } from "../package.json";
import { readConfig } from "../src/config.ts";

const ROOT = join(import.meta.dir, "..");
const text = (file: string): string => readFileSync(join(ROOT, file), "utf8");

const tool = Bun.which("docker-compose");
if (tool === null) {
  process.stderr.write(
    "compose.test.ts is skipped in part. docker-compose is not installed: apt-get install docker-compose (Debian package docker-compose)\n",
  );
}

const SECRETS = {
  POSTGRES_PASSWORD: "pg0secret",
  REDIS_PASSWORD: "redis0secret",
  ADMIN_TOKEN: "admin0secret0of0tests",
} as const;

const composed = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      image: z.string(),
      restart: z.string().optional(),
      user: z.string().optional(),
      ports: z.array(z.string()).default([]),
      environment: z.record(z.string(), z.string()).default({}),
      healthcheck: z
        .object({ test: z.array(z.string()) })
        .loose()
        .optional(),
      mem_limit: z.string().optional(),
      cpus: z.number().optional(),
      pids_limit: z.number().optional(),
      logging: z
        .object({ options: z.record(z.string(), z.string()) })
        .loose()
        .optional(),
      volumes: z.array(z.string()).default([]),
      networks: z.record(z.string(), z.unknown()).default({}),
      read_only: z.boolean().default(false),
      cap_drop: z.array(z.string()).default([]),
      security_opt: z.array(z.string()).default([]),
      tmpfs: z.array(z.string()).default([]),
    }),
  ),
  volumes: z.record(z.string(), z.unknown()),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() }).loose()),
});

/** Instead of a `.env` that may lie here. */
const EMPTY = join(ROOT, ".test", "empty.env");

/** As docker-compose resolves it; nothing of this machine's own environment comes in. */
function config(env: Readonly<Record<string, string>>): { code: number; out: string; err: string } {
  mkdirSync(join(ROOT, ".test"), { recursive: true });
  writeFileSync(EMPTY, "");
  const run = Bun.spawnSync([tool!, "--env-file", EMPTY, "-f", "docker-compose.yml", "config"], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...env },
  });
  return { code: run.exitCode, out: run.stdout.toString(), err: run.stderr.toString() };
}

function resolve() {
  const { code, out, err } = config(SECRETS);
  if (code !== 0) throw new Error(err);
  const whole = composed.parse(Bun.YAML.parse(out));
  return { ...whole, out, each: Object.entries(whole.services) };
}
let once: ReturnType<typeof resolve> | null = null;
const resolved = (): ReturnType<typeof resolve> => (once ??= resolve());
const replicasOf = ({ each }: ReturnType<typeof resolved>) =>
  each.filter(([, { image }]) => image.startsWith("arterial:"));

describe.if(tool !== null)("docker-compose.yml", () => {
  test("is valid, and has Kafka without ZooKeeper, Redis 7, PostgreSQL 18 and two replicas", () => {
    const { each } = resolved();
    expect(each.map(([, { image }]) => image).sort()).toEqual([
      expect.stringMatching(/^apache\/kafka:4\.1\.\d+$/),
      `arterial:${version}`,
      `arterial:${version}`,
      expect.stringMatching(/^postgres:18\.\d+/),
      expect.stringMatching(/^redis:7\.\d+\.\d+/),
    ]);
    expect(
      text("docker-compose.yml")
        .toLowerCase()
        .replace(/^\s*#.*$/gm, ""),
    ).not.toContain("zookeeper");
  });

  for (const name of Object.keys(SECRETS)) {
    test(`is refused without ${name}, by its name`, () => {
      const { [name]: _, ...others } = SECRETS as Readonly<Record<string, string>>;
      const { code, err } = config(others);
      expect(code).not.toBe(0);
      expect(err).toContain(`set ${name}`);
    });
  }

  test("publishes the web port alone, and by default to this machine alone", () => {
    const { each } = resolved();
    const ports = each.flatMap(([name, service]) => service.ports.map((port) => `${name} ${port}`));
    expect(ports).toEqual([expect.stringMatching(/^arterial 127\.0\.0\.1:3000:3000/)]);
  });

  test("every service has a health check, limits, a restart policy, turning logs and no new privileges", () => {
    for (const [name, service] of resolved().each) {
      expect(service.healthcheck?.test.length, name).toBeGreaterThan(1);
      expect(service.restart, name).toBe("unless-stopped");
      expect(service.mem_limit, name).toMatch(/^\d+[mg]$/);
      expect(service.cpus, name).toBeGreaterThan(0);
      expect(service.pids_limit, name).toBeGreaterThan(0);
      expect(Object.keys(service.logging?.options ?? {}).sort(), name).toEqual(["max-file", "max-size"]);
      expect(service.security_opt, name).toContain("no-new-privileges:true");
      expect(service.image, name).toMatch(/:\d+\.\d+/);
    }
  });

  test("no password stands in the file: each comes from the environment", () => {
    const plain = Bun.YAML.parse(text("docker-compose.yml"));
    const literal: string[] = [];
    const look = (value: unknown, path: string): void => {
      if (typeof value === "object" && value !== null)
        for (const [key, inner] of Object.entries(value)) look(inner, `${path}/${key}`);
      else if (/(PASSWORD|TOKEN|SECRET|AUTH)$/.test(path) && !/^\$\{\w+:\?/.test(String(value)))
        literal.push(path);
      else if (/:\/\/[^/\s]*:[^$/\s@]+@/.test(String(value))) literal.push(path);
    };
    look(plain, "");
    expect(literal).toEqual([]);
    for (const secret of Object.values(SECRETS)) expect(resolved().out).toContain(secret);
  });

  test("what must stay is in volumes, and only that: the replicas keep nothing", () => {
    const whole = resolved();
    const kept = whole.each.flatMap(([name, service]) =>
      service.volumes.map((v) => `${name} ${v.split(":")[0]}`),
    );
    expect(kept.sort()).toEqual(["kafka kafka", "postgres postgres"]);
    expect(Object.keys(whole.volumes).sort()).toEqual(["kafka", "postgres"]);
  });

  test("the servers are reached by the replicas alone", () => {
    const whole = resolved();
    expect(whole.networks["servers"]?.internal).toBe(true);
    for (const [name, service] of whole.each) {
      const networks = Object.keys(service.networks).sort();
      expect(networks, name).toEqual(name.startsWith("arterial") ? ["servers", "web"] : ["servers"]);
    }
  });

  test("the replicas are alike: nobody's root, nothing writable, no capability", () => {
    const replicas = replicasOf(resolved());
    expect(replicas).toHaveLength(2);
    for (const [, service] of replicas) {
      expect(service).toMatchObject({ user: "1000:1000", read_only: true, cap_drop: ["ALL"] });
      expect(service.tmpfs).toEqual([expect.stringMatching(/^\/tmp:size=/)]);
    }
    const [one, two] = replicas.map(([, service]) => ({ ...service, ports: [] }));
    expect(one).toEqual(two);
  });

  test("the replicas' environment is understood: every variable is known, and the configuration takes it", () => {
    const known = new Set([...text(".env.example").matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name!));
    for (const [name, { environment }] of replicasOf(resolved())) {
      expect(
        Object.keys(environment).filter((key) => !known.has(key)),
        name,
      ).toEqual([]);
      const read = readConfig(environment);
      expect(read).toMatchObject({ HOST: "0.0.0.0", PORT: 3_000, KAFKA_BROKERS: ["kafka:9092"] });
      for (const address of [read.DATABASE_URL, read.REDIS_URL])
        expect(["postgres", "redis"]).toContain(new URL(address!).hostname);
    }
  });
});

describe("the image", () => {
  const lines = text("Dockerfile").replaceAll("\\\n", " ").split("\n");
  const arguments_of = (word: string): string[] =>
    lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const copied = arguments_of("COPY").flatMap((line) =>
    line.startsWith("--from=") ? [] : line.split(/\s+/).slice(0, -1),
  );

  test("copies what is there, and .dockerignore lets all of it through", () => {
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const ignored = text(".dockerignore").split("\n");
    expect(ignored).toContain("*");
    expect(new Set(copied.map((path) => `!${path}`))).toEqual(
      new Set(ignored.filter((line) => line.startsWith("!"))),
    );
  });

  test("starts what npm start starts, as process 1, so that it hears SIGTERM", () => {
    expect(JSON.parse(arguments_of("CMD").at(-1)!)).toEqual(scripts.start.split(" "));
    expect(arguments_of("STOPSIGNAL")).toEqual(["SIGTERM"]);
  });

  test("runs as nobody's root, on the Bun that package.json pins, with the packages of the lock file", () => {
    const { dependencies } = z
      .looseObject({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(text("package.json")));
    expect(arguments_of("USER").at(-1)).toBe("1000:1000");
    for (const from of arguments_of("FROM")) expect(from).toStartWith(`oven/bun:${dependencies["bun"]}-slim`);
    const [install] = arguments_of("RUN");
    expect(install).toContain("bun install --frozen-lockfile --production --omit optional --ignore-scripts");
  });

  test.if(tool !== null)("asks itself for its health as compose does", () => {
    const [, asked] = arguments_of("HEALTHCHECK").at(-1)!.split(" CMD ");
    for (const [, { healthcheck }] of replicasOf(resolved()))
      expect(healthcheck?.test.slice(1)).toEqual(JSON.parse(asked!));
  });

  test("has all that its code imports: nothing of tests, benches or development", () => {
    const { devDependencies } = z
      .looseObject({ devDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(text("package.json")));
    const faults: string[] = [];
    let seen = 0;
    for (const room of copied.filter((path) => ["src", "routes", "jobs", "views"].includes(path))) {
      for (const file of readdirSync(join(ROOT, room), { recursive: true, encoding: "utf8" })) {
        if (!/\.tsx?$/.test(file) || /\.(test|bench|fixture)\.tsx?$/.test(file)) continue;
        // Suites that adapters share stand beside them and are imported by tests alone.
        if (/(^|[/-])conformance/.test(file) || file.endsWith("testing.ts")) continue;
        seen++;
        for (const [, from] of text(join(room, file)).matchAll(
          /^(?:import|export)\b[^;]*?from "([^"]+)"/gm,
        )) {
          const dev = Object.hasOwn(devDependencies, from!);
          if (dev || /\.(test|bench|fixture)\.tsx?$|(^|\/)(test|bench)\//.test(from!))
            faults.push(`${room}/${file}: ${from}`);
        }
      }
    }
    expect(faults).toEqual([]);
    expect(seen).toBeGreaterThan(100);
  });
});
