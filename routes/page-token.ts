/** Page tokens of lists that this room pages itself. Opaque to clients; a forged one is told from ours. */
import { hash32 } from "../src/core/identity.ts";
import { invalidParameter } from "./problem.ts";

const sum = (kind: string, id: string): string => hash32(`${kind} ${id}`).toString(36);

export const pageToken = (kind: string, id: string): string =>
  Buffer.from(`${sum(kind, id)}.${id}`).toString("base64url");

/** @throws {ProblemError} invalid-parameter */
export function readPageToken(kind: string, token: string): string {
  const plain = Buffer.from(token, "base64url").toString();
  const dot = plain.indexOf(".");
  const id = plain.slice(dot + 1);
  if (dot < 1 || plain.slice(0, dot) !== sum(kind, id))
    throw invalidParameter("cursor", token, "must be a cursor as this API gave it");
  return id;
}
