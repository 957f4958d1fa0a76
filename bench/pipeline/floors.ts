/** What nobody can be faster than: a bare COPY of the same rows, and bare reading of the same records with kafkajs. */
import { Kafka, logLevel } from "kafkajs";
import { decoderOf, type RawValue } from "../../src/core/decode.ts";
import type { Event } from "../../src/core/event.ts";
import { systemClock as clock } from "../../src/core/time.ts";
import { rawColumns } from "../../src/history/table.ts";
import { openSql } from "../../src/postgres.ts";
import { traffic } from "../../src/streams/traffic.ts";
import { city, eventBatches } from "./events.ts";

const BATCH = 10_000;

/** Rows of events as `\copy` sends them. */
function* copyTexts(rows: number, from_ms: number, step_ms: number): Generator<string> {
  const columns = rawColumns(traffic);
  const text = (event: Event): string =>
    columns
      .map((column) => {
        const value = column.of(event);
        if (value === null) return "\\N";
        return column.type === "timestamptz" ? new Date(value as number).toISOString() : String(value);
      })
      .join("\t");
  let made = 0;
  for (const records of eventBatches({ seed: 99, size: BATCH, from_ms, step_ms })) {
    if (made >= rows) return;
    const raws = records.map(({ value }, i): RawValue => ({
      value,
      source: "bench",
      received_at_ms: from_ms,
      partition: 0,
      offset: made + i,
      backfill: false,
      dead_letter_id: null,
    }));
    const seen = new Set<string>();
    const lines: string[] = [];
    for (const decoded of decoderOf(traffic).decode(raws, { city, now_ms: clock.now() })) {
      if (!decoded.ok || seen.has(decoded.event.event_id)) continue;
      seen.add(decoded.event.event_id);
      // Repeats of earlier batches get ids of their own: a bare COPY knows no repeats.
      decoded.event.event_id = `${decoded.event.event_id.slice(0, 24)}${(made + lines.length).toString(16).padStart(12, "0")}`;
      lines.push(text(decoded.event));
    }
    made += lines.length;
    yield `${lines.join("\n")}\n`;
  }
}

export interface CopyFloors {
  /** Into a table with the same columns and nothing else. */
  plain: number;
  /** Into one that also has the primary key, by which repeats are known. */
  keyed: number;
}

/** Rows per second of text COPY on one connection, the rows made before. */
export async function copyFloors(
  url: string,
  rows: number,
  from_ms: number,
  step_ms: number,
): Promise<CopyFloors> {
  const sql = openSql(url, { max: 1, application_name: "bench", statement_timeout_ms: 0 });
  const columns = rawColumns(traffic);
  const chunks = [...copyTexts(rows, from_ms, step_ms)].map((text) => Buffer.from(text));
  const copied = async (constraint: string): Promise<number> => {
    const types = columns.map((c) => `${c.name} ${c.type}${c.type === "text" ? ' collate "C"' : ""}`);
    await sql.unsafe(
      `drop table if exists plain; create table plain (${types.join(", ")}${constraint}); checkpoint`,
    );
    const began = performance.now();
    const stream = await sql
      .unsafe(`copy plain (${columns.map((c) => c.name).join(", ")}) from stdin`)
      .writable();
    await new Promise<void>((done, fail) => {
      stream.on("error", fail);
      stream.on("finish", done);
      for (const chunk of chunks) stream.write(chunk);
      stream.end();
    });
    const took_s = (performance.now() - began) / 1_000;
    const [counted] = await sql<{ n: number }[]>`select count(*) as n from plain`;
    await sql`drop table plain`;
    return counted!.n / took_s;
  };
  const plain = await copied("");
  const keyed = await copied(", primary key (road_id, event_time, event_id)");
  await sql.end();
  return { plain, keyed };
}

/** Records per second that kafkajs reads when nothing is done with them. */
export async function drainFloor(brokers: string, topic: string, records: number): Promise<number> {
  const kafka = new Kafka({ clientId: "bench", brokers: brokers.split(","), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({
    groupId: `bench-drain-${process.pid}-${performance.now()}`,
    maxBytesPerPartition: 1_048_576,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const { promise, resolve } = Promise.withResolvers<void>();
  let began = 0;
  let seen = 0;
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      if (began === 0) began = performance.now();
      seen += batch.messages.length;
      if (seen >= records) resolve();
      return Promise.resolve();
    },
  });
  await promise;
  const rate = seen / ((performance.now() - began) / 1_000);
  await consumer.disconnect();
  return rate;
}
