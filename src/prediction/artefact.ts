/**
 * A model's file: a line of JSON, then its numbers, little-endian. The line names format, kind, the order of the inputs and each
 * array; a hash covers it all, so that a file that was cut off or changed is told from a good one.
 *
 *     ARTERIAL-MODEL <sha-256 of all that follows the first line, hex>\n
 *     {"format":1,"about":{…},"inputs":"…","arrays":[{"name":"w1","type":"f32","length":11424}, …]}\n
 *     …bytes of the arrays, each begun at a multiple of 4…
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { modelKinds, type ModelAbout } from "./model.ts";

export const FORMAT = 1;
const MAGIC = "ARTERIAL-MODEL ";

/** A file that is no model, or one that this release cannot use; the sentence says which. */
export class ModelFileError extends Error {
  override name = "ModelFileError";
}

export type ModelArray = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

export interface Artefact {
  about: ModelAbout;
  /** Names the inputs and their order; a file with another one is refused by its model. */
  inputs: string;
  /** Small things of this kind of model, as JSON. */
  settings: Readonly<Record<string, unknown>>;
  arrays: Readonly<Record<string, ModelArray>>;
}

const headSchema = z.object({
  format: z.literal(FORMAT),
  about: z.object({
    kind: z.enum(modelKinds),
    trained_from_ms: z.number(),
    trained_to_ms: z.number(),
    seed: z.number(),
    roads_n: z.int().min(0),
  }),
  inputs: z.string(),
  settings: z.record(z.string(), z.unknown()),
  arrays: z.array(
    z.object({
      name: z.string(),
      type: z.enum(["f32", "i32", "u8"]),
      length: z.int().min(0).max(limits.model_bytes_max),
    }),
  ),
});

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const padded = (n: number): number => Math.ceil(n / 4) * 4;

/** @throws {ModelFileError} for more than `limits.model_bytes_max`. */
export function packModel({ about, inputs, settings, arrays }: Artefact): Uint8Array<ArrayBuffer> {
  const list = Object.entries(arrays).map(([name, array]) => ({
    name,
    type: array instanceof Float32Array ? "f32" : array instanceof Int32Array ? "i32" : "u8",
    length: array.length,
  }));
  const head = new TextEncoder().encode(
    `${JSON.stringify({ format: FORMAT, about, inputs, settings, arrays: list })}\n`,
  );
  const size = Object.values(arrays).reduce((sum, { byteLength }) => sum + padded(byteLength), head.length);
  const body = new Uint8Array(size);
  body.set(head);
  let at = head.length;
  for (const array of Object.values(arrays)) {
    body.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += padded(array.byteLength);
  }
  const line = new TextEncoder().encode(`${MAGIC}${sha(body)}\n`);
  if (line.length + size > limits.model_bytes_max)
    throw new ModelFileError(
      `A model of ${line.length + size} bytes is larger than ${limits.model_bytes_max} bytes`,
    );
  const bytes = new Uint8Array(line.length + size);
  bytes.set(line);
  bytes.set(body, line.length);
  return bytes;
}

/** @throws {ModelFileError} */
export function unpackModel(bytes: Uint8Array): Artefact {
  const first = bytes.indexOf(10);
  const line = first < 0 || first > 200 ? "" : new TextDecoder().decode(bytes.subarray(0, first));
  if (!line.startsWith(MAGIC))
    throw new ModelFileError("It is no model of Arterial: its first line is another");
  const body = bytes.subarray(first + 1);
  if (sha(body) !== line.slice(MAGIC.length))
    throw new ModelFileError("It was cut off or changed: its hash is not that of its first line");
  const end = body.indexOf(10);
  const head = headSchema.safeParse(JSON.parse(new TextDecoder().decode(body.subarray(0, end))));
  if (!head.success)
    throw new ModelFileError(
      `This release cannot read it: ${head.error.issues[0]?.path.join(".") ?? "its head"} is not as in format ${FORMAT}`,
    );
  const arrays: Record<string, ModelArray> = {};
  let at = end + 1;
  for (const { name, type, length } of head.data.arrays) {
    const size = type === "u8" ? length : 4 * length;
    if (at + size > body.length) throw new ModelFileError(`It ends within its array ${name}`);
    const copy = body.slice(at, at + size).buffer;
    arrays[name] =
      type === "f32" ? new Float32Array(copy) : type === "i32" ? new Int32Array(copy) : new Uint8Array(copy);
    at += padded(size);
  }
  const { about, inputs, settings } = head.data;
  return { about, inputs, settings, arrays };
}
