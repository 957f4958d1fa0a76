/**
 * Where persons' fields could get out: a whole platform is sent a value that stands nowhere else, in good events and in
 * bad ones, by its door and past it; then everything that it answers, shows, writes and stores is searched for it.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Writable } from "node:stream";
import pino from "pino";
import postgres from "postgres";
import { readConfig } from "../src/config.ts";
import { systemClock } from "../src/core/time.ts";
import { runningPostgres } from "../src/embedded-postgres.ts";
import { openPostgresLog } from "../src/log/postgres-log.ts";
import { startPlatform, type Platform } from "../src/platform.ts";
import { DEAD_LETTERS_TOPIC } from "../src/sources/door.ts";
import { streams } from "../src/streams/index.ts";
import { vehicles } from "../src/streams/vehicles.ts";
import { goodOf } from "./bad-input-samples.ts";
import { freshFolder, removeFolder } from "./instance.ts";

const PERSON = "Lovelace7731";
const NUMBER = 77_317_731;
const dir = freshFolder("personal");
const config = readConfig({
  DATA_DIR: dir,
  PORT: "0",
  FEEDS: "none",
  SEED_HOURS: "0",
  LOG_LEVEL: "trace",
});
const persons = streams.filter((stream) => stream.personal.length > 0);
const at_ms = Math.floor(Date.now() / 1_000) * 1_000 - 10_000;
let platform: Platform;
let lines = "";
/** What came out, by where. */
const out = new Map<string, string>();

beforeAll(async () => {
  const logger = pino(
    { level: "trace" },
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines += chunk.toString();
        done();
      },
    }),
  );
  platform = await startPlatform(config, { clock: systemClock, logger, version: "test" });
}, 60_000);
afterAll(async () => {
  await platform.stop();
  removeFolder(dir);
});

async function send(
  name: string,
  body: string,
  type = "application/json",
  path = "/api/ingest/",
): Promise<void> {
  const answer = await fetch(platform.url + path + name, {
    method: "POST",
    body,
    headers: { "content-type": type },
  });
  out.set(`answer ${out.size} to ${name}, ${answer.status}`, await answer.text());
}

async function get(path: string, accept = "*/*"): Promise<string> {
  const answer = await fetch(platform.url + path, { headers: { accept } });
  const text = await answer.text();
  expect([path, answer.status]).toEqual([path, 200]);
  out.set(`${path} ${accept}`, text);
  return text;
}

async function until<T>(look: () => Promise<T>, good: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const found = await look();
    if (good(found)) return found;
    if (tries > 400)
      throw new Error(`Cannot wait longer; the last was ${JSON.stringify(found).slice(0, 2_000)}`);
    await Bun.sleep(25);
  }
}

const rowsOf = (text: string): Record<string, unknown>[] =>
  (JSON.parse(text) as { data: Record<string, unknown>[] }).data;

/** A text with what it holds as base64 or as PostgreSQL's hexadecimals beside it. */
const plain = (text: string): string =>
  [
    text,
    ...[...text.matchAll(/[A-Za-z0-9+/]{16,}={0,2}/g)].map(([packed]) =>
      Buffer.from(packed, "base64").toString("latin1"),
    ),
    ...[...text.matchAll(/x((?:[0-9a-f]{2}){8,})/g)].map(([, hex]) =>
      Buffer.from(hex!, "hex").toString("latin1"),
    ),
  ].join("\n");

test("a person's field leaves hashed or not at all, and is stored so, too", async () => {
  const url = runningPostgres(dir)!;
  const log = openPostgresLog({ url, clock: systemClock });
  const abort = new AbortController();
  const live = await fetch(`${platform.url}/api/live?topics=vehicles,emergencies`, { signal: abort.signal });
  const reader = live.body!.pipeThrough(new TextDecoderStream()).getReader();
  let told = (await reader.read()).value ?? "";

  for (const stream of persons) {
    const field = stream.personal[0]!;
    const good = { ...goodOf(stream, at_ms), [field]: PERSON };
    const bad = [
      { ...good, [stream.event_time]: new Date(at_ms + 3_600_000).toISOString() },
      { ...good, [stream.key]: 7 },
      { ...good, [field]: PERSON.repeat(30) },
      { ...good, [field]: { name: PERSON } },
      { ...good, [field]: NUMBER },
      [good],
      `${PERSON} at the door`,
    ];
    const broken = `{"${field}":"${PERSON}",`;
    await send(stream.name, JSON.stringify([good, ...bad]));
    await send(stream.name, JSON.stringify(bad));
    await send(stream.name, broken);
    await send(stream.name, `[{"${field}":${PERSON}`);
    await send(stream.name, `${JSON.stringify(good)}\n${broken}\n`, "application/x-ndjson");
    // To another stream by mistake.
    await send("traffic", JSON.stringify([good]));
  }
  const refused = persons.length * 16 + 1;
  await log.append(
    vehicles.topic,
    [{ driver_id: PERSON }, { vehicle_id: 7, driver_id: PERSON }].map((more) => ({
      key: "v2",
      value: Buffer.from(JSON.stringify({ ...goodOf(vehicles, at_ms), vehicle_id: "v2", ...more })),
    })),
  );
  const ids = await until(
    async () => rowsOf(await get("/api/dead-letters?limit=1000")).map((row) => row["dead_letter_id"]),
    (found) => found.length === refused,
  );
  while (!told.includes('"v2"')) told += (await reader.read()).value ?? "";
  abort.abort();
  expect(told).toContain("anon-");
  out.set("/api/live", told);
  await send("replay", JSON.stringify({ ids }), "application/json", "/api/dead-letters/");
  await until(
    () => get("/api/dead-letters?state=replayed"),
    (open) => rowsOf(open).length === 0,
  );

  for (const stream of persons) {
    for (const format of ["json", "csv", "ndjson"])
      expect(await get(`/api/data/${stream.name}?format=${format}`)).toContain("anon-");
    await get(`/data?stream=${stream.name}`);
    if (stream.live !== null) expect(await get(`/api/streams/${stream.name}/current`)).toContain("anon-");
  }
  for (const path of ["/", "/streams", "/vehicles", "/sales", "/data", "/fragments/dead-letters", "/metrics"])
    await get(path);
  for (const path of [
    "/api/streams",
    "/api/vehicles/v1/track",
    "/api/emergencies/e1",
    "/api/sales/categories",
  ])
    await get(path);
  for (const path of ["/openapi.json", "/asyncapi.json", "/api/vehicles/locations?format=geojson"])
    await get(path);

  // What the platform itself has written: its records, its rows, its own log.
  for (const { topic, partition } of await log.ends([
    ...streams.map((stream) => stream.topic),
    DEAD_LETTERS_TOPIC,
  ]))
    for (const record of await log.read(topic, partition, 0, 1_000))
      if (record.headers["source"] !== undefined)
        out.set(`${topic} ${partition}:${record.offset}`, plain(Buffer.from(record.value!).toString()));
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const tables = await sql<{ name: string }[]>`select relname as name from pg_class
    where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and relname not like 'log%'`;
  for (const { name } of tables)
    for (const [n, { row }] of (
      await sql.unsafe<{ row: string }[]>(`select row_to_json(t)::text as row from ${name} t`)
    ).entries())
      out.set(`${name} ${n}`, plain(row));
  await sql.end();
  await log.close();
  out.set("the process's log", lines);

  // Which field of a value for roads is a person's, nobody can know: it is kept to be tried again, and told to nobody.
  const astray = (where: string, text: string): boolean =>
    /^(traffic-raw|dead.letters) /.test(where) &&
    (where.startsWith("traffic") || text.includes('"stream":"traffic"'));
  const leaks = [...out].filter(
    ([where, text]) => (text.includes(PERSON) || text.includes(String(NUMBER))) && !astray(where, text),
  );
  expect(leaks).toEqual([]);
  for (const where of ["transactions 0", "dead_letters 40", `${DEAD_LETTERS_TOPIC} 0:40`])
    expect([...out.keys()]).toContain(where);
}, 60_000);
