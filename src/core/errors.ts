/** Errors that callers are meant to catch. Data that breaks a rule is a value (`Reject`), not an error. */

/** The log cannot be reached or does not answer. Nothing, or only a prefix, may have been written: append again. */
export class LogUnavailableError extends Error {
  override name = "LogUnavailableError";
}

/** The log's server answers, but not to us; waiting would not help. */
export class LogRefusedError extends Error {
  override name = "LogRefusedError";
  /** Who we say we are, what we may do, or, the other way round, who it says it is. */
  readonly reason: "login" | "rights" | "certificate";
  constructor(message: string, { reason, ...options }: ErrorOptions & Pick<LogRefusedError, "reason">) {
    super(message, options);
    this.reason = reason;
  }
}

/** History's server cannot be reached, is full, or does not answer in time. Stop and try again; never skip. */
export class HistoryUnavailableError extends Error {
  override name = "HistoryUnavailableError";
}

/** The live store cannot be reached or does not answer in time. Read from the batch layer. */
export class LiveUnavailableError extends Error {
  override name = "LiveUnavailableError";
}

/** A server is away: what is asked of it is tried again, for as long as it takes. */
export const isAway = (
  error: unknown,
): error is LogUnavailableError | HistoryUnavailableError | LiveUnavailableError =>
  error instanceof LogUnavailableError ||
  error instanceof HistoryUnavailableError ||
  error instanceof LiveUnavailableError;

/** Another member holds this partition now; what this one commits is refused. Leave it. */
export class FencedError extends Error {
  override name = "FencedError";
}

/** Configuration that names its variable; printed as one sentence, exit code 1. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** An answer of problem+json (RFC 9457). */
export class ProblemError extends Error {
  override name = "ProblemError";
  readonly problem: Problem;
  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail, options);
    this.problem = problem;
  }
}

export const problemNames = {
  "invalid-parameter": { status: 400, title: "A parameter is invalid" },
  malformed: { status: 400, title: "The body is not what its type says" },
  "invalid-body": { status: 422, title: "The body breaks its schema" },
  "not-found": { status: 404, title: "There is no such thing here" },
  "method-not-allowed": { status: 405, title: "The address does not take this method" },
  "too-large": { status: 413, title: "The request is too large" },
  "unsupported-media-type": { status: 415, title: "The content type is not supported" },
  conflict: { status: 409, title: "The state does not allow this" },
  forbidden: { status: 403, title: "This is not allowed" },
  unauthorized: { status: 401, title: "A token is wanted" },
  "rate-limited": { status: 429, title: "Too many requests" },
  unavailable: { status: 503, title: "A part is not available now" },
  internal: { status: 500, title: "Something went wrong here" },
} as const;

export type ProblemName = keyof typeof problemNames;

export interface FaultAt {
  /** JSON pointer into the body (RFC 6901). */
  pointer?: string;
  /** Name of the query, path or header parameter. */
  parameter?: string;
  value?: string;
  rule: string;
}

export interface Problem {
  name: ProblemName;
  /** What happened, with the value, and what was wanted. */
  detail: string;
  errors?: readonly FaultAt[];
  retry_after_s?: number;
}

/** A value as JSON for an error, cut to 200 characters. */
export function shown(value: unknown): string {
  let textual: string;
  try {
    textual =
      typeof value === "number" && !Number.isFinite(value)
        ? String(value)
        : (JSON.stringify(value) ?? String(value));
  } catch {
    textual = String(value);
  }
  return textual.length > 200 ? `${textual.slice(0, 199).toWellFormed()}…` : textual;
}
