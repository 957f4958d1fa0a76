/** What the archive asks of history: which days have rows, how many, and what is known of those that are archived. */
import type { Stream } from "../../core/stream.ts";
import { minutes } from "../../core/time.ts";
import { openSql } from "../../postgres.ts";
import {
  countDay,
  dayMs,
  daysOf,
  defaultDays,
  noteArchivedDay,
  readArchivedDays,
  type ArchivedDay,
} from "./archived-days.ts";
import { makePartitions, partitionsOf } from "../partitions.ts";
import { Reader } from "../reader.ts";

export interface ArchiveStore {
  /** For workers, which read and write rows over connections of their own. */
  url: string;
  /** UTC days of a range that may have raw rows, oldest first. */
  days(stream: Stream, from_ms: number, to_ms: number): Promise<readonly string[]>;
  /** Raw rows of a day. */
  count(stream: Stream, day: string): Promise<number>;
  archived(stream: Stream): Promise<readonly ArchivedDay[]>;
  /** Writes what is known of a day. */
  note(day: ArchivedDay): Promise<void>;
  /** Makes a place for a day's rows. */
  makeRoom(stream: Stream, day: string): Promise<void>;
  close(): Promise<void>;
}

/** Counting a day of ten million rows takes a second or two. */
const ASKED_MS_MAX = minutes(10);

export function openPostgresArchive({ url }: { url: string }): ArchiveStore {
  const reader = new Reader(() =>
    openSql(url, { max: 1, application_name: "arterial-archive", statement_timeout_ms: ASKED_MS_MAX }),
  );
  return {
    url,
    days: (stream, from_ms, to_ms) =>
      reader.use(
        "look for days to archive",
        async (sql) => {
          const some = new Set(await defaultDays(sql, stream, to_ms));
          for (const partition of await partitionsOf(sql, stream))
            for (const day of daysOf(Math.max(partition.from_ms, from_ms), Math.min(partition.to_ms, to_ms)))
              some.add(day);
          return [...some].filter((day) => dayMs(day) >= from_ms && dayMs(day) < to_ms).sort();
        },
        ASKED_MS_MAX,
      ),
    count: (stream, day) =>
      reader.use("count a day's rows", (sql) => countDay(sql, stream, day), ASKED_MS_MAX),
    archived: (stream) => reader.use("read what is archived", (sql) => readArchivedDays(sql, stream)),
    note: (day) => reader.use("note an archived day", (sql) => noteArchivedDay(sql, day)),
    async makeRoom(stream, day) {
      await reader.use(
        "make partitions",
        (sql) => makePartitions(sql, stream, dayMs(day), dayMs(day) + 1),
        ASKED_MS_MAX,
      );
    },
    close: () => reader.close(),
  };
}
