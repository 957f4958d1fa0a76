/** One row of a recording → what the door takes, or why the mapping refuses it. */
import { ConfigError, shown } from "../../core/errors.ts";
import type { Reject } from "../../core/event.ts";
import type { Field } from "../../core/field.ts";
import type { Stream } from "../../core/stream.ts";
import { unitFactors, type FieldMapping, type Mapping } from "./mapping.ts";
import { firstVertex } from "./polyline.ts";
import type { Columns } from "./rows.ts";

/** An event as the door takes it, still without its time. */
export type Draft = Record<string, unknown>;
export type Mapped = { ok: true; draft: Draft } | { ok: false; reject: Reject };
export type RowMapper = (columns: Columns) => Mapped;

/** @throws {ConfigError} if the mapping names a field that the stream does not have. */
export function rowMapper(mapping: Mapping, stream: Stream): RowMapper {
  const fields = Object.entries(mapping.fields).map(([name, how]) => {
    const field = stream.all_fields[name];
    if (field === undefined || field.derived) {
      throw new ConfigError(
        `The mapping is wrong at /fields/${name}: stream ${stream.name} takes ${sentFields(stream).join(", ")}`,
      );
    }
    return { name, read: reader(how, field) };
  });
  return (columns) => {
    for (const { column, equals, reason, rule } of mapping.refuse) {
      const cell = cellOf(columns, column);
      if (fits(cell, equals))
        return { ok: false, reject: { reason, pointer: `/${column}`, value: shown(cell), rule } };
    }
    const draft: Draft = {};
    for (const { name, read } of fields) {
      const value = read(columns);
      if (value !== undefined && value !== null && value !== "") draft[name] = value;
    }
    return { ok: true, draft };
  };
}

const sentFields = (stream: Stream): string[] =>
  Object.entries(stream.all_fields).flatMap(([name, field]) => (field.derived ? [] : [name]));

/** A column's cell; with dots also a way into nested JSON. */
export function cellOf(columns: Columns, name: string): unknown {
  if (Object.hasOwn(columns, name)) return columns[name];
  if (!name.includes(".")) return undefined;
  return name
    .split(".")
    .reduce<unknown>(
      (at, step) =>
        typeof at === "object" && at !== null && Object.hasOwn(at, step) ? (at as Columns)[step] : undefined,
      columns,
    );
}

/** "0.00" is the number 0; an empty cell is no number. */
const fits = (cell: unknown, equals: string | number): boolean =>
  typeof equals === "string"
    ? cell === equals
    : typeof asNumber(cell) === "number" && asNumber(cell) === equals;

const textOf = (cell: unknown): string =>
  typeof cell === "string" ? cell : cell === null || cell === undefined ? "" : JSON.stringify(cell);

function reader(how: FieldMapping, field: Field): (columns: Columns) => unknown {
  if ("template" in how) {
    return (columns) =>
      how.template.replace(/\{([^}]+)\}/g, (_, name: string) => textOf(cellOf(columns, name)));
  }
  if ("first_vertex" in how) {
    const axis = how.first_vertex === "longitude" ? 0 : 1;
    return (columns) => {
      const cell = cellOf(columns, how.column);
      return typeof cell === "string" ? firstVertex(cell)?.[axis] : undefined;
    };
  }
  const convert = converter(field, how.unit);
  if ("constant" in how) {
    const constant = convert(how.constant);
    return () => constant;
  }
  return (columns) => convert(cellOf(columns, how.column));
}

/** A cell in the field's kind. What does not convert stays as it is: the door has the words for it. */
function converter(field: Field, unit: keyof typeof unitFactors | undefined): (cell: unknown) => unknown {
  switch (field.kind) {
    case "number": {
      const factor = unit === undefined ? 1 : unitFactors[unit];
      return (cell) => {
        const n = asNumber(cell);
        return typeof n === "number" ? n * factor : n;
      };
    }
    case "flag":
      return (cell) =>
        cell === "true" || cell === "1" || cell === 1
          ? true
          : cell === "false" || cell === "0" || cell === 0
            ? false
            : cell;
    default:
      return (cell) => (typeof cell === "number" ? String(cell) : cell);
  }
}

function asNumber(cell: unknown): unknown {
  if (typeof cell !== "string" || cell.trim() === "") return cell;
  const n = Number(cell);
  return Number.isNaN(n) ? cell : n;
}
