/**
 * The one file that knows Parquet's libraries: row groups of columns in and out, zstd, typed so that DuckDB and pandas read
 * times as UTC instants. Format: https://parquet.apache.org/docs/file-format/. Synchronous: for a worker.
 */
import { parquetMetadata, parquetRead, type AsyncBuffer, type SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { ArchiveColumn, ArchiveKind } from "./columns.ts";

export type Cell = string | number | boolean | null;
/** One array of values per column, all of one length. Times are ms since the epoch. */
export type Columns = readonly (readonly Cell[])[];

/** Of zstd: above it files hardly shrink, and take several times as long. */
const ZSTD_LEVEL = 6;

const ELEMENTS: Readonly<Record<ArchiveKind, Omit<SchemaElement, "name">>> = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  time: {
    type: "INT64",
    converted_type: "TIMESTAMP_MILLIS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
  },
  int32: { type: "INT32" },
  int64: { type: "INT64" },
  double: { type: "DOUBLE" },
  flag: { type: "BOOLEAN" },
};

export interface PartWriter {
  /** Writes a row group. */
  add(columns: Columns): void;
  /** Bytes so far. */
  bytes(): number;
  /** The whole file. */
  finish(): Uint8Array<ArrayBuffer>;
}

export function partWriter(
  columns: readonly ArchiveColumn[],
  about: Readonly<Record<string, string>>,
): PartWriter {
  const writer = new ByteWriter(1 << 20);
  const schema: SchemaElement[] = [
    { name: "root", num_children: columns.length },
    ...columns.map(({ name, kind, nullable }) => ({
      name,
      ...ELEMENTS[kind],
      repetition_type: nullable ? ("OPTIONAL" as const) : ("REQUIRED" as const),
    })),
  ];
  const file = new ParquetWriter({
    writer,
    schema,
    codec: "ZSTD",
    compressors: { ZSTD: (bytes) => Bun.zstdCompressSync(bytes, { level: ZSTD_LEVEL }) },
    kvMetadata: Object.entries(about).map(([key, value]) => ({ key, value })),
    createdBy: "arterial",
  });
  return {
    add(values) {
      const rows = values[0]?.length ?? 0;
      void file.write({
        columnData: columns.map(({ name, kind, nullable }, i) => ({
          name,
          data: physical(kind, values[i]!),
          // Places and times grow by little: their differences take a byte or less.
          ...((kind === "time" || kind === "int64") && !nullable
            ? { encoding: "DELTA_BINARY_PACKED" as const }
            : {}),
        })),
        rowGroupSize: rows,
      });
    },
    bytes: () => writer.offset,
    finish() {
      void file.finish();
      return writer.getBytes();
    },
  };
}

function physical(kind: ArchiveKind, values: readonly Cell[]): unknown[] {
  if (kind !== "time" && kind !== "int64") return [...values];
  return values.map((value) => (value === null ? null : BigInt(value as number)));
}

export interface PartReader {
  rows: number;
  /** Names of the file's columns. */
  names: readonly string[];
  /** Row groups, in the order of the columns that were asked for; a column that the file has not is null throughout. */
  groups(columns: readonly ArchiveColumn[]): AsyncGenerator<Columns>;
}

/** @throws {Error} of the library if this is no Parquet file. */
export function partReader(bytes: Uint8Array<ArrayBuffer>): PartReader {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const metadata = parquetMetadata(buffer);
  const file: AsyncBuffer = {
    byteLength: buffer.byteLength,
    slice: (start, end) => buffer.slice(start, end),
  };
  const names = metadata.schema.slice(1).map(({ name }) => name);
  return {
    rows: Number(metadata.num_rows),
    names,
    async *groups(columns) {
      const there = columns.map(({ name }) => name).filter((name) => names.includes(name));
      let start = 0;
      for (const { num_rows } of metadata.row_groups) {
        const end = start + Number(num_rows);
        const read = new Map<string, Cell[]>(there.map((name) => [name, []]));
        await parquetRead({
          file,
          metadata,
          columns: there,
          rowStart: start,
          rowEnd: end,
          compressors: { ZSTD: (input) => Bun.zstdDecompressSync(input) },
          onChunk: ({ columnName, columnData }) => {
            const column = read.get(columnName)!;
            for (const value of columnData) column.push(cell(value));
          },
        });
        const rows = end - start;
        yield columns.map(({ name }) => read.get(name) ?? Array.from({ length: rows }, () => null));
        start = end;
      }
    },
  };
}

function cell(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.getTime();
  return value as Cell;
}
