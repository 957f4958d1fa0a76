/** A recording and its mapping, opened: its events in the order they stand there, as often as asked. */
import { access } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ConfigError, shown } from "../../core/errors.ts";
import type { Reject } from "../../core/event.ts";
import { boundsOf, type Bbox, type Position } from "../../core/geo.ts";
import { limits } from "../../core/limits.ts";
import type { Stream } from "../../core/stream.ts";
import { readMapping, type Mapping } from "./mapping.ts";
import { timeReader } from "./recording-time.ts";
import { cellOf, withoutAbsent } from "./cell.ts";
import { rowMapper, type Draft, type RowMapper } from "./row-mapper.ts";
import { readRows, type Columns } from "./rows.ts";

/** One event of the recording, or one that the mapping refuses. */
export type Recorded =
  | { ok: true; draft: Draft; time_ms: number }
  | { ok: false; value: unknown; reject: Reject };

export interface Span {
  /** Event time of the first and last event, ms. */
  start_ms: number;
  end_ms: number;
  /** Events in it, and those that the mapping refuses. */
  events: number;
  refused: number;
  /** No event is older than the one before it. */
  in_order: boolean;
  /** Box around the places that events name; null where none does. */
  bounds: Bbox | null;
  /** How often a key reports, ms, as a mean over the whole recording. */
  period_ms: number;
}

export interface Recording {
  file: string;
  stream: Stream;
  /** IANA name of the zone that the recording was made in; UTC where its mapping names none. */
  zone: string;
  events(): AsyncGenerator<Recorded>;
  /** Reads it once. @throws {ConfigError} when it holds no event. */
  scan(): Promise<Span>;
}

/** @throws {ConfigError} in one sentence, for a file or mapping that cannot be used. */
export async function openRecording(file: string, mapping_file: string, stream: Stream): Promise<Recording> {
  const mapping = await readMapping(mapping_file);
  await access(file).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(`The recording ${file} cannot be read: ${error.code ?? error.message}`);
  });
  const joined = await readJoin(mapping, [dirname(file), dirname(mapping_file)]);
  const map = rowMapper(mapping, stream);
  // Most of a row is not needed to know how much there is, from when to when and where.
  const sketch = rowMapper(mapping, stream, [stream.key, "longitude", "latitude"]);
  const present = withoutAbsent(mapping.absent);
  const time = timeReader(mapping.time ?? { column: stream.event_time, format: "iso" });
  const { wide } = mapping;
  const not_keys = new Set([...(wide?.except ?? []), ...time.columns]);

  function recorded(columns: Columns, row: number, mapper: RowMapper): Recorded {
    const cells = joined(present(columns));
    const mapped = mapper(cells);
    if (!mapped.ok) return { ok: false, value: columns, reject: mapped.reject };
    const time_ms = time.of(cells, row);
    if (typeof time_ms === "number") return { ok: true, draft: mapped.draft, time_ms };
    const sent = time.columns.map((name) => cellOf(columns, name) ?? null);
    const value = shown(sent.length === 1 ? sent[0] : sent);
    return {
      ok: false,
      value: columns,
      reject: { reason: "time", pointer: `/${time.columns[0]}`, value, rule: time_ms },
    };
  }

  async function* read(mapper: RowMapper): AsyncGenerator<Recorded> {
    let row = 0;
    for await (const source of readRows(file, mapping.format, mapping.delimiter)) {
      // A broken row counts as well: the next one is a step later.
      const at = row++;
      if (!source.ok) yield source;
      else if (wide === undefined) yield recorded(source.columns, at, mapper);
      else {
        const shared = Object.fromEntries([...not_keys].map((name) => [name, source.columns[name]]));
        for (const [key, value] of Object.entries(present(source.columns))) {
          // An empty cell of a wide table is no measurement, not a faulty one.
          if (not_keys.has(key) || value === "" || value === null) continue;
          yield recorded({ ...shared, [wide.key]: key, [wide.value]: value }, at, mapper);
        }
      }
    }
  }

  async function scan(): Promise<Span> {
    const span: Span = {
      start_ms: Infinity,
      end_ms: -Infinity,
      events: 0,
      refused: 0,
      in_order: true,
      bounds: null,
      period_ms: 0,
    };
    let before_ms = -Infinity;
    const places = new Map<unknown, Position>();
    const keys = new Set<unknown>();
    for await (const event of read(sketch)) {
      if (!event.ok) {
        span.refused++;
        continue;
      }
      span.events++;
      span.start_ms = Math.min(span.start_ms, event.time_ms);
      span.end_ms = Math.max(span.end_ms, event.time_ms);
      if (event.time_ms < before_ms) span.in_order = false;
      before_ms = event.time_ms;
      const { longitude, latitude } = event.draft;
      const key = event.draft[stream.key];
      keys.add(key);
      if (typeof longitude === "number" && typeof latitude === "number" && !places.has(key))
        places.set(key, [longitude, latitude]);
    }
    span.period_ms = ((span.end_ms - span.start_ms) * keys.size) / Math.max(1, span.events - keys.size);
    if (places.size > 0) span.bounds = boundsOf([...places.values()]);
    if (span.events === 0)
      throw new ConfigError(
        `The recording ${file} holds no event; ${span.refused} rows are refused by the mapping`,
      );
    return span;
  }

  return { file, stream, zone: mapping.time?.zone ?? "UTC", events: () => read(map), scan };
}

/** Adds the joined columns to a row; a row without a partner stays as it is. */
async function readJoin(
  mapping: Mapping,
  folders: readonly string[],
): Promise<(columns: Columns) => Columns> {
  if (mapping.join === undefined) return (columns) => columns;
  const { file, on } = mapping.join;
  const found = await firstOf(folders.map((folder) => resolve(folder, file)));
  const partners = new Map<unknown, Columns>();
  for await (const row of readRows(found, "csv", ",")) {
    if (!row.ok) continue;
    if (!Object.hasOwn(row.columns, on))
      throw new ConfigError(`The mapping is wrong at /join/on: ${found} has no column ${on}`);
    if (partners.size >= limits.live_keys_max)
      throw new ConfigError(`${found} has more than ${limits.live_keys_max} rows`);
    partners.set(row.columns[on], row.columns);
  }
  return (columns) => {
    const partner = partners.get(columns[on]);
    return partner === undefined ? columns : { ...partner, ...columns };
  };
}

async function firstOf(files: readonly string[]): Promise<string> {
  for (const file of files) {
    try {
      await access(file);
      return file;
    } catch {
      // The next folder may have it.
    }
  }
  throw new ConfigError(`The mapping is wrong at /join/file: there is no ${files.join(", and no ")}`);
}
