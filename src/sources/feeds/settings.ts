/** The environment variables of a feed, checked once at start. */
import { ConfigError, shown } from "../../core/errors.ts";
import type { Feed, FeedSettings, FeedVariable } from "./feed.ts";
import { Secret } from "./secret.ts";

const CHARS_MAX = 2_000;

/**
 * @param env The environment; an empty text counts as not set.
 * @throws {ConfigError} one sentence that names the variable; a secret is never repeated.
 */
export function feedSettings(
  { name: feed, variables }: Pick<Feed, "name" | "variables">,
  env: Readonly<Record<string, string | undefined>>,
): FeedSettings {
  const values = new Map<string, string>();
  for (const [name, variable] of Object.entries(variables)) {
    const value = env[name] === undefined || env[name] === "" ? variable.default : env[name];
    if (value === undefined) {
      if (variable.required)
        throw new ConfigError(`FEEDS has "${feed}", but ${name} is not set: ${variable.doc}`);
      continue;
    }
    const wanted = faultOf(variable, value);
    if (wanted !== null)
      throw new ConfigError(
        `${name} is ${variable.kind === "text" ? shown(value) : "set"}, but it ${wanted}`,
      );
    // Paths are put behind an open address. A secret one is asked as it is: its last slash may be a key's.
    values.set(name, variable.kind === "url" ? value.replace(/\/+$/, "") : value);
  }

  function valueOf(name: string, hidden: boolean): string | undefined {
    const variable = variables[name];
    if (variable === undefined || isHidden(variable) !== hidden)
      throw new RangeError(`Feed ${feed} declares no ${hidden ? "secret" : "open"} variable ${name}`);
    return values.get(name);
  }

  return {
    text: (name) => valueOf(name, false),
    secret(name) {
      const value = valueOf(name, true);
      return value === undefined ? undefined : new Secret(value);
    },
  };
}

/** All secrets that are set: for `scrub`. */
export const secretsOf = (feed: Pick<Feed, "variables">, settings: FeedSettings): readonly Secret[] =>
  Object.entries(feed.variables)
    .filter(([, variable]) => isHidden(variable))
    .flatMap(([name]) => settings.secret(name) ?? []);

const isHidden = ({ kind }: FeedVariable): boolean => kind === "secret" || kind === "secret-url";
const isUrl = ({ kind }: FeedVariable): boolean => kind === "url" || kind === "secret-url";

function faultOf(variable: FeedVariable, value: string): string | null {
  if (value.length > CHARS_MAX) return `must have at most ${CHARS_MAX} characters`;
  // A line break within a header would be another header.
  if (/\p{Cc}/u.test(value)) return "must not have control characters";
  if (!isUrl(variable)) return variable.check?.(value) ?? null;
  const fits = URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
  return fits ? null : "must be a URL that starts with http:// or https://";
}
