/** The operator's token: kept as long as this tab, and nowhere else. */
const NAME = "operator-token";

/** Where the browser keeps nothing, the page itself does. */
let held = /** @type {string | null} */ (null);

/** @returns the token, or null where none was given. */
export function token() {
  try {
    return sessionStorage.getItem(NAME) ?? held;
  } catch {
    return held;
  }
}

export function keepToken(/** @type {string} */ text) {
  // A header takes no other characters: a text with such is refused by the server, as any wrong token.
  held = text.trim().replace(/[^\x21-\x7e]/g, "?");
  try {
    sessionStorage.setItem(NAME, held);
  } catch {}
}

export function forgetToken() {
  held = null;
  try {
    sessionStorage.removeItem(NAME);
  } catch {}
}
