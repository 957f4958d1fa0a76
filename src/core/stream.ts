/**
 * A stream, declared once as data. From the declaration come: topic creation, decoding and dead letters,
 * the live hash, the history insert, the window merge and its rebuild, the generic REST addresses, the SSE
 * topic, its row on the Streams page and its docs.
 */
import type { CityRules } from "./city.ts";
import { count } from "./aggregate.ts";
import type { Row } from "./event.ts";
import { id, type Field } from "./field.ts";
import { days } from "./time.ts";
import type { RollupDeclaration } from "./rollup.ts";
import type { WindowDeclaration } from "./window.ts";

export interface StreamDeclaration {
  /** As it stands in addresses and SSE events: `traffic`. */
  name: string;
  /** What people read: `Road traffic`. */
  label: string;
  doc: string;
  /** Topic of the log. */
  topic: string;
  partitions: number;
  log_retention_ms: number;

  /** Declared fields, without the identity and the event time, which every stream has. */
  fields: Readonly<Record<string, Field>>;
  /** Name of the field whose values are the keys: a required text or choice, or a derived text. */
  key: string;
  /** Name of the identity on the wire and in answers; `event_id` in SQL. */
  identity: string;
  /** Name of the event time on the wire and in answers; `event_time` in SQL. */
  event_time: string;
  zoneless: "refuse" | "utc";
  /** How often a healthy key reports; an answer older than three of these is stale. */
  expected_period_ms: number;
  /** Keys come and go (vehicles, emergencies): one that is silent is not missed. */
  open_keys: boolean;
  lateness_ms: number;

  /**
   * Rules over several fields, and the derived fields. Called with a checked row, before it is stored; may
   * change it, and answers a fault to refuse it. Pure: no clock, no I/O.
   */
  derive: (
    row: Row,
    event_time_ms: number,
    city: CityRules,
    raw: Readonly<Record<string, unknown>>,
  ) => RowFault | null;

  /** Wire fields that `derive` reads from the raw value but that are not stored (so they are not unknown). */
  wire_only: readonly string[];

  live: LiveDeclaration | null;
  aliases: readonly Alias[];
  history: HistoryDeclaration;
  windows: WindowDeclaration | null;
  /** Batch views made of the windows, each after what it is made from. */
  rollups: readonly RollupDeclaration[];
  /** Fields of persons: texts that are hashed, with the installation's salt, wherever an event is read. */
  personal: readonly string[];

  /** Arterial's own, not the city's: no page lists it among the city's streams, and no door takes it from outside. */
  internal: boolean;
}

export interface RowFault {
  field: string;
  rule: string;
  reason: "range" | "schema" | "geo";
}

export interface LiveDeclaration {
  /** Name of a key's hash with the key field in braces: `road:{road_id}:current`. */
  hash: string;
  ttl_ms: number;
  /**
   * A state that is the last of its key is shown shorter, at most `ttl_ms`: a closed emergency is shown a while, then gone. Until
   * `ttl_ms` are over it is remembered, so that no older state that comes late brings its key back.
   */
  ended?: { field: string; value: string; ttl_ms: number };
  /** Named lists show no older rows than this unless asked, by `max_age`. */
  listed_ms?: number;
}

/** An address of its own for a stream's live list, beside the generic one: `/api/weather/current`. */
export interface Alias {
  path: string;
  operation_id: string;
  summary: string;
  /** Leaves out what has `ended`. */
  active?: boolean;
}

/** Has a state come to its declared end? */
export const hasEnded = (live: LiveDeclaration, row: Readonly<Record<string, unknown>>): boolean =>
  live.ended !== undefined && row[live.ended.field] === live.ended.value;

/** For how long after its event time a row is live, ms. */
export const ttlOf = (live: LiveDeclaration, row: Readonly<Record<string, unknown>>): number =>
  live.ended !== undefined && row[live.ended.field] === live.ended.value ? live.ended.ttl_ms : live.ttl_ms;

export interface HistoryDeclaration {
  table: string;
  /**
   * A day's raw rows go together once the first of them is older than this, three hours' where this is no more than a day; those
   * of now stay. Null keeps all.
   */
  retention_ms: number | null;
}

export interface Stream extends StreamDeclaration {
  /** `fields` with the identity in front. */
  all_fields: Readonly<Record<string, Field>>;
  /** Columns of the raw table, in order, for the declared fields. */
  field_names: readonly string[];
}

type Defaults =
  | "identity"
  | "open_keys"
  | "aliases"
  | "zoneless"
  | "lateness_ms"
  | "log_retention_ms"
  | "partitions"
  | "derive"
  | "wire_only"
  | "live"
  | "windows"
  | "rollups"
  | "personal"
  | "internal";

/**
 * Checks a declaration and fills in the defaults: 4 partitions, 7 days in the log, 2 minutes of lateness.
 *
 * @throws {TypeError} If the key is not a required or derived text, a personal field is no text, a window does not count its events first, or an end outlives its key.
 */
export function defineStream(
  declaration: Omit<StreamDeclaration, Defaults> & Partial<Pick<StreamDeclaration, Defaults>>,
): Stream {
  const key = declaration.fields[declaration.key];
  if (key === undefined || (key.kind !== "text" && key.kind !== "choice") || key.optional) {
    throw new TypeError(
      `Cannot define stream ${declaration.name}: key "${declaration.key}" must be a required text or choice`,
    );
  }
  for (const name of declaration.personal ?? []) {
    if (declaration.fields[name]?.kind !== "text" || name === declaration.key)
      throw new TypeError(
        `Cannot define stream ${declaration.name}: personal field "${name}" must be a text, and not the key`,
      );
  }
  const live = declaration.live ?? null;
  if (live?.ended !== undefined && live.ended.ttl_ms > live.ttl_ms) {
    throw new TypeError(
      `Cannot define stream ${declaration.name}: what has ended must not live longer than what has not`,
    );
  }
  const windows = declaration.windows ?? null;
  if (windows !== null && windows.aggregates[0]?.columns[0]?.column !== count().columns[0]!.column) {
    throw new TypeError(
      `Cannot define stream ${declaration.name}: the first aggregate of its windows must be count()`,
    );
  }
  return {
    identity: "event_id",
    zoneless: "refuse",
    open_keys: false,
    aliases: [],
    partitions: 4,
    log_retention_ms: days(7),
    lateness_ms: 120_000,
    derive: () => null,
    wire_only: [],
    live: null,
    rollups: [],
    personal: [],
    internal: false,
    ...declaration,
    windows,
    all_fields: {
      [declaration.identity ?? "event_id"]: id("Identity of the event together with its key and time."),
      ...declaration.fields,
    },
    field_names: Object.keys(declaration.fields),
  };
}
