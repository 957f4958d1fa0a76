/** Walks an OpenAPI document over a running app: every operation with good and with bad values. */
import type { OpenApiDocument } from "../routes/openapi.ts";
import { operationsOf, type Operation } from "../routes/openapi.ts";
import { faultsIn } from "./schema-check.ts";

interface Parameter {
  name: string;
  in: "query" | "path" | "header";
  schema: Readonly<Record<string, unknown>>;
}

export interface Walk {
  /** Good values by parameter name, or by `operationId.name` where they differ. */
  good: Readonly<Record<string, readonly string[]>>;
  /** A key that is known, by stream: for addresses with both in their path. */
  keys?: Readonly<Record<string, string>>;
  /** Texts that are tried as every parameter; all of `NASTY` by default. */
  nasty?: readonly string[];
  /** Bodies by operationId. */
  bodies: Readonly<Record<string, { good: readonly RequestInit[]; bad: readonly RequestInit[] }>>;
  /** Operations whose answers do not end. */
  skip: readonly string[];
  send: (path: string, init: RequestInit) => Response | Promise<Response>;
}

/** Texts that have broken servers. */
export const NASTY: readonly string[] = [
  "",
  " ",
  "-1",
  "0",
  "1e9",
  "NaN",
  "99999999999999999999",
  "null",
  "[]",
  "{}",
  "'; drop table traffic_data; --",
  "%00",
  "\u0000",
  "a\nb",
  "<script>alert(1)</script>",
  "../../etc/passwd",
  "..%2f..%2f",
  "=1+1",
  "\u202e",
  "\ud800",
  "x".repeat(3_000),
  "0,0,0,0",
  "1,1,0,0",
  "ß",
];

export interface Step {
  name: string;
  status: number;
  faults: readonly string[];
}

const fine = (status: number): boolean => status < 300;

const refused = (status: number): boolean => status >= 400 && status < 500;

/** Every answer with its faults: a status that is not documented, a type or a body that is not what it says, a 5xx. */
export async function walk(
  document: OpenApiDocument,
  { good, keys = {}, nasty = NASTY, bodies, skip, send }: Walk,
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const call = async (
    operation: Operation,
    path: string,
    init: RequestInit,
    may: (status: number) => boolean,
  ): Promise<void> => {
    const response = await send(path, { method: operation.method.toUpperCase(), ...init });
    const faults = await check(document, operation, response);
    if (!may(response.status)) faults.push(`answers ${response.status}`);
    steps.push({ name: `${operation.method} ${path.slice(0, 200)}`, status: response.status, faults });
  };
  for (const operation of operationsOf(document)) {
    const id = String(operation.object["operationId"]);
    if (skip.includes(id)) continue;
    const parameters = (operation.object["parameters"] as Parameter[] | undefined) ?? [];
    const valuesOf = (name: string): readonly string[] => good[`${id}.${name}`] ?? good[name] ?? [];
    // The path with one of its values, or none, as asked for, and the others good.
    const pathOf = (asked: Readonly<Record<string, string>>): string =>
      operation.path.replace(/\{(.+?)\}/g, (_, name: string) => {
        const stream = asked["stream"] ?? valuesOf("stream")[0] ?? "";
        const value = asked[name] ?? (name === "key" ? keys[stream] : undefined) ?? valuesOf(name)[0] ?? "";
        return encodeURIComponent(value.toWellFormed());
      });
    const base = pathOf({});
    const body = bodies[id];
    const first = body?.good[0] ?? {};
    for (const init of body?.good ?? [{}]) await call(operation, base, init, fine);
    for (const init of body?.bad ?? []) await call(operation, base, init, refused);
    for (const p of parameters) {
      const path = (value: string): string =>
        p.in === "path"
          ? pathOf({ [p.name]: value })
          : `${base}?${p.name}=${encodeURIComponent(value.toWellFormed())}`;
      for (const value of valuesOf(p.name)) await call(operation, path(value), first, fine);
      for (const value of nasty) await call(operation, path(value), first, (status) => status < 500);
    }
    if (operation.path.startsWith("/api/") && operation.method === "get")
      await call(operation, `${base}?no_such=1`, first, (status) => status === 400);
  }
  return steps;
}

async function check(document: OpenApiDocument, operation: Operation, response: Response): Promise<string[]> {
  const said = (
    operation.object["responses"] as Record<
      string,
      { content?: Record<string, { schema: Record<string, unknown> }> }
    >
  )[response.status];
  // An empty path parameter is another address.
  if (said === undefined) return response.status === 404 ? [] : [`${response.status} is not documented`];
  const type = response.headers.get("content-type")?.split(";")[0] ?? "";
  const schema = said.content?.[type]?.schema;
  const text = await response.text();
  if (schema === undefined) return text === "" ? [] : [`${response.status} ${type} is not documented`];
  return type.endsWith("json") && type !== "application/x-ndjson"
    ? faultsIn(document, schema, JSON.parse(text))
    : [];
}
