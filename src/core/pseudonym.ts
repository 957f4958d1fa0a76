/** What stands for a person: the same for the same text and salt, and not to be turned back without the salt. */
import { createHmac, randomBytes } from "node:crypto";

/** 128 bits of HMAC-SHA256, marked, so that what is hashed already is not hashed again when it is read once more. */
const MARKED = /^anon-[0-9a-f]{32}$/;

/** For a process that was given none: what it hashes is then of no use to another. */
let own: string | undefined;

export function pseudonym(text: string, salt: string = (own ??= randomBytes(16).toString("hex"))): string {
  if (MARKED.test(text)) return text;
  return `anon-${createHmac("sha256", salt).update(text).digest("hex").slice(0, 32)}`;
}
