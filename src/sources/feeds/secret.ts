/** A text that nobody may read by accident: a key of a feed. */

const HIDDEN = "•••";

/** Prints, logs and serialises as `•••`; only `reveal` gives the text, and only the call itself asks for it. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return HIDDEN;
  }
}

/** What stands for a text or hides one. */
export const reveal = (text: string | Secret): string => (text instanceof Secret ? text.reveal() : text);

/**
 * The text without any of the secrets, in each form in which they travel: plain, percent-encoded, as a form writes it,
 * as JSON escapes it. Of one of several words (`Bearer …`) also each of them. Of a secret that is an address, also its
 * parts that may hold a key: path and each step of it, query, user.
 * A secret of fewer than 4 characters is no secret, and would blacken every text.
 */
export function scrub(text: string, secrets: readonly Secret[]): string {
  const forms = new Set(secrets.flatMap((secret) => formsOf(secret.reveal())));
  let clean = text;
  // The longest first: a part of a secret must not save the rest of it.
  for (const form of [...forms].toSorted((a, b) => b.length - a.length))
    if (form.length >= SECRET_CHARS_MIN) clean = clean.replaceAll(form, HIDDEN);
  return clean;
}

const SECRET_CHARS_MIN = 4;

function formsOf(plain: string): string[] {
  const texts = [plain, ...plain.split(" ")];
  if (URL.canParse(plain) && plain.includes("://")) {
    const { pathname, search, username, password, searchParams } = new URL(plain);
    texts.push(pathname, ...pathname.split("/"), search, username, password, ...searchParams.values());
  }
  return texts.flatMap((one) => [
    one,
    encodeURIComponent(one),
    new URLSearchParams({ k: one }).toString().slice(2),
    JSON.stringify(one).slice(1, -1),
  ]);
}
