/**
 * Checks a value against a JSON schema as our document writes them. Strict where JSON Schema is lax: a member that
 * the schema does not name is a fault, and so is a word that this file does not know.
 */
type Schema = Readonly<Record<string, unknown>>;

const SAID = new Set(["description", "example", "examples", "x-unit", "default", "title"]);

/** Every fault as a sentence, with its place. */
export function faultsIn(root: { components?: unknown }, schema: Schema, value: unknown, at = ""): string[] {
  const again = (s: unknown, v: unknown, where: string): string[] => faultsIn(root, s as Schema, v, where);
  if (typeof schema["$ref"] === "string") return again(resolved(root, schema), value, at);
  if (Array.isArray(schema["allOf"])) return again(merged(root, schema["allOf"] as Schema[]), value, at);
  const faults: string[] = [];
  const types = schema["type"] === undefined ? null : ([schema["type"]].flat() as string[]);
  if (types !== null && !types.some((type) => isOf(type, value)))
    return [`${at} is no ${types.join("|")}: ${JSON.stringify(value)}`];
  for (const [word, said] of Object.entries(schema)) {
    const bound = Number(said);
    switch (word) {
      case "type":
      case "$ref":
      case "required":
      case "additionalProperties":
        break;
      case "enum":
        if (!(said as unknown[]).includes(value) && value !== null)
          faults.push(`${at} = ${JSON.stringify(value)} is none of ${JSON.stringify(said)}`);
        break;
      case "minimum":
        if (typeof value === "number" && value < bound) faults.push(`${at} = ${value} < ${bound}`);
        break;
      case "maximum":
        if (typeof value === "number" && value > bound) faults.push(`${at} = ${value} > ${bound}`);
        break;
      case "minLength":
        if (typeof value === "string" && value.length < bound) faults.push(`${at} is shorter than ${bound}`);
        break;
      case "maxLength":
        if (typeof value === "string" && value.length > bound) faults.push(`${at} is longer than ${bound}`);
        break;
      case "minItems":
        if (Array.isArray(value) && value.length < bound) faults.push(`${at} has fewer than ${bound} items`);
        break;
      case "maxItems":
        if (Array.isArray(value) && value.length > bound) faults.push(`${at} has more than ${bound} items`);
        break;
      case "format":
        if (
          said === "date-time" &&
          typeof value === "string" &&
          !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(value)
        )
          faults.push(`${at} = ${value} is no UTC instant`);
        break;
      case "items":
        if (Array.isArray(value)) value.forEach((item, i) => faults.push(...again(said, item, `${at}/${i}`)));
        break;
      case "prefixItems":
        (said as Schema[]).forEach((s, i) => faults.push(...again(s, (value as unknown[])[i], `${at}/${i}`)));
        break;
      case "anyOf":
      case "oneOf": {
        const tries = (said as Schema[]).map((s) => again(s, value, at));
        if (!tries.some((t) => t.length === 0)) faults.push(...tries.sort((a, b) => a.length - b.length)[0]!);
        break;
      }
      case "properties": {
        if (typeof value !== "object" || value === null) break;
        const known = said as Record<string, Schema>;
        for (const name of (schema["required"] as string[] | undefined) ?? []) {
          if (!Object.hasOwn(value, name)) faults.push(`${at}/${name} is missing`);
        }
        for (const [name, v] of Object.entries(value)) {
          if (known[name] === undefined) faults.push(`${at}/${name} is not documented`);
          else faults.push(...again(known[name], v, `${at}/${name}`));
        }
        break;
      }
      default:
        if (!SAID.has(word)) faults.push(`${at}: the check does not know the word ${word}`);
    }
  }
  return faults;
}

const resolved = (root: object, schema: Schema): Schema =>
  typeof schema["$ref"] === "string"
    ? (schema["$ref"]
        .slice(2)
        .split("/")
        .reduce<unknown>((o, k) => (o as Record<string, unknown>)[k], root) as Schema)
    : schema;

/** Objects of which all must hold, as one: so a member that none of them names is seen. */
function merged(root: object, parts: readonly Schema[]): Schema {
  const all = parts.map((part) => resolved(root, part));
  return {
    type: "object",
    properties: Object.assign({}, ...all.map((part) => part["properties"])) as object,
    required: all.flatMap((part) => (part["required"] as string[] | undefined) ?? []),
  };
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isSafeInteger(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    default:
      return typeof value === type;
  }
}
