/** One row of a recording → what the door takes, or why the mapping refuses it. */
import { ConfigError, shown } from "../../core/errors.ts";
import type { Reject } from "../../core/event.ts";
import type { Field } from "../../core/field.ts";
import { uuid5 } from "../../core/identity.ts";
import type { Stream } from "../../core/stream.ts";
import { asNumber, cellOf, textOf } from "./cell.ts";
import { chooser } from "./choose.ts";
import { parseDecimal, product } from "./decimal.ts";
import { unitFactors, type FieldMapping, type Unit } from "./field-mapping.ts";
import type { Mapping } from "./mapping.ts";
import { firstVertex } from "./polyline.ts";
import type { Columns } from "./rows.ts";
import { parsePoint } from "./wkt.ts";

/** An event as the door takes it, still without its time. */
export type Draft = Record<string, unknown>;
export type Mapped = { ok: true; draft: Draft } | { ok: false; reject: Reject };
export type RowMapper = (columns: Columns) => Mapped;

/**
 * @param only Makes no other fields: where a recording is but looked through.
 * @throws {ConfigError} if the mapping names a field that the stream does not have, or one that it cannot make so.
 */
export function rowMapper(mapping: Mapping, stream: Stream, only?: readonly string[]): RowMapper {
  const named = Object.entries(mapping.fields ?? ownNames(stream));
  const fields = named.flatMap(([name, how]) => {
    if (only?.includes(name) === false) return [];
    const field = stream.all_fields[name];
    if (field === undefined || field.derived) {
      throw new ConfigError(
        `The mapping is wrong at /fields/${name}: stream ${stream.name} takes ${sentFields(stream).join(", ")}`,
      );
    }
    return [{ name, read: reader(name, how, field) }];
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

const ownNames = (stream: Stream): Record<string, FieldMapping> =>
  Object.fromEntries(sentFields(stream).map((name) => [name, { column: name }]));

/** "0.00" is the number 0; an empty cell is no number. */
const fits = (cell: unknown, equals: string | number): boolean =>
  typeof equals === "string"
    ? cell === equals
    : typeof asNumber(cell) === "number" && asNumber(cell) === equals;

function reader(name: string, how: FieldMapping, field: Field): (columns: Columns) => unknown {
  const wrong = (why: string): ConfigError =>
    new ConfigError(`The mapping is wrong at /fields/${name}: ${why}`);
  const converted = (unit?: Unit) => {
    if (unit !== undefined && unitFactors[unit].to !== field.unit)
      throw wrong(
        `${unit} cannot become ${field.kind === "number" ? field.unit : `a ${field.kind}, which has no unit`}`,
      );
    return converter(field, unit);
  };
  if ("template" in how)
    return (columns) =>
      how.template.replace(/\{([^}]+)\}/g, (_, column: string) => textOf(cellOf(columns, column)));
  if ("first_vertex" in how) return coordinate(how.column, how.first_vertex, firstVertex);
  if ("wkt" in how) return coordinate(how.column, how.wkt, parsePoint);
  if ("row_hash" in how) return (columns) => uuid5(JSON.stringify(columns));
  if ("product" in how) {
    if (field.kind !== "number") throw wrong(`a product is a number, the field is a ${field.kind}`);
    return multiplied(how.product, field.decimals ?? 0);
  }
  if ("equals" in how || "prefix" in how || "hash" in how) {
    const choose = chooser(how);
    const convert = converted();
    return (columns) => convert(choose(cellOf(columns, how.column)));
  }
  const convert = converted("unit" in how ? how.unit : undefined);
  if ("constant" in how) {
    const constant = convert(how.constant);
    return () => constant;
  }
  return (columns) => convert(cellOf(columns, how.column));
}

/** A cell that is no such geometry stays as it is: the door says that it is no number. */
const coordinate =
  (
    column: string,
    axis: "latitude" | "longitude",
    parse: (text: string) => readonly [number, number] | null,
  ): ((columns: Columns) => unknown) =>
  (columns) => {
    const cell = cellOf(columns, column);
    if (typeof cell !== "string" || cell === "") return undefined;
    const at = parse(cell);
    return at === null ? cell : at[axis === "longitude" ? 0 : 1];
  };

/** Nothing where a factor is absent; the first factor that is no decimal number, where there is one. */
const multiplied =
  (columns_named: readonly string[], decimals: number): ((columns: Columns) => unknown) =>
  (columns) => {
    const factors = [];
    for (const name of columns_named) {
      const cell = cellOf(columns, name);
      const text = textOf(cell);
      if (text === "") return undefined;
      const factor = parseDecimal(text);
      if (factor === null) return text;
      factors.push(factor);
    }
    return product(factors, decimals);
  };

/** A cell in the field's kind. What does not convert stays as it is: the door has the words for it. */
function converter(field: Field, unit: Unit | undefined): (cell: unknown) => unknown {
  switch (field.kind) {
    case "number": {
      const factor = unit === undefined ? 1 : unitFactors[unit].factor;
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
