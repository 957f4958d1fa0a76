/** Errors as problem+json: one way out for all of them. Nothing of a stack, a query or a path of the server leaves. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ZodError } from "zod";
import {
  HistoryUnavailableError,
  LiveUnavailableError,
  LogUnavailableError,
  ProblemError,
  problemNames,
  shown,
  type FaultAt,
  type Problem,
} from "../src/core/errors.ts";

const RETRY_AFTER_S = 2;

/** What an error is for the client. Anything unknown is `internal`, without its words. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof LogUnavailableError) return away("The log");
  if (error instanceof HistoryUnavailableError) return away("History");
  if (error instanceof LiveUnavailableError) return away("The live view");
  if (error instanceof HTTPException) return ofHttp(error);
  return {
    name: "internal",
    detail: "The request could not be answered; the server's log says why, by request_id",
  };
}

const away = (part: string): Problem => ({
  name: "unavailable",
  detail: `${part} is not available now; try again in ${RETRY_AFTER_S} s`,
  retry_after_s: RETRY_AFTER_S,
});

const NOT_JSON: Problem = {
  name: "unsupported-media-type",
  detail: "The content type of the body must be application/json",
};

/** What Hono's own validators throw. */
function ofHttp(error: HTTPException): Problem {
  switch (error.status) {
    case 400:
      return {
        name: "malformed",
        detail: "The body is not JSON, as its content type says",
        errors: [{ pointer: "", rule: "must be JSON" }],
      };
    case 413:
      return { name: "too-large", detail: "The body is too large" };
    case 415:
      return NOT_JSON;
    default:
      return { name: "internal", detail: "The request could not be answered" };
  }
}

export function problemResponse(
  c: Context,
  problem: Problem,
  more: Readonly<Record<string, unknown>> = {},
): Response {
  const { status, title } = problemNames[problem.name];
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (problem.retry_after_s !== undefined) headers.set("retry-after", String(problem.retry_after_s));
  if (problem.name === "unauthorized") headers.set("www-authenticate", 'Bearer realm="arterial"');
  const body = {
    type: `/problems/${problem.name}`,
    title,
    status,
    detail: problem.detail,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    request_id: c.get("requestId"),
    ...more,
  };
  return new Response(JSON.stringify(body), { status, headers });
}

/** `defaultHook` of every route: zod's issues become one problem that names parameter or pointer, value and rule. */
export async function validationHook(
  result: { target: string; success: boolean; error?: ZodError },
  c: Context,
): Promise<undefined> {
  if (result.success || result.error === undefined) return;
  const issues = result.error.issues;
  if (result.target === "json") {
    // Neither a body nor a content type: the validator has looked at {} instead, and there is nothing to read.
    if (c.req.header("content-type") === undefined) throw new ProblemError(NOT_JSON);
    const body: unknown = await c.req.json();
    const errors = issues.flatMap((issue): FaultAt[] => {
      const path = issue.path.map(String);
      if (issue.code === "unrecognized_keys")
        return issue.keys.map((key) => ({ pointer: pointerOf([...path, key]), rule: "is not known here" }));
      const value = path.reduce<unknown>(
        (at, name) => (at as Record<string, unknown> | null | undefined)?.[name],
        body,
      );
      return [
        {
          pointer: pointerOf(path),
          ...(value === undefined ? {} : { value: shown(value) }),
          rule: issue.message,
        },
      ];
    });
    throw new ProblemError({
      name: "invalid-body",
      detail: sentence("The body", errors),
      errors: errors.slice(0, 100),
    });
  }
  const errors = issues.flatMap((issue): FaultAt[] => {
    const names = issue.code === "unrecognized_keys" ? issue.keys : [String(issue.path[0])];
    return names.map((parameter) => {
      const value = result.target === "param" ? c.req.param(parameter) : c.req.queries(parameter)?.join(", ");
      return { parameter, ...(value === undefined ? {} : { value: cut(value) }), rule: issue.message };
    });
  });
  throw new ProblemError({
    name: "invalid-parameter",
    detail: sentence("The request", errors),
    errors: errors.slice(0, 100),
  });
}

/** For rules over several parameters, which no single schema can see. */
export const invalidParameter = (parameter: string, value: string, rule: string): ProblemError =>
  new ProblemError({
    name: "invalid-parameter",
    detail: sentence("The request", [{ parameter, value, rule }]),
    errors: [{ parameter, value: cut(value), rule }],
  });

export const notFound = (detail: string): ProblemError => new ProblemError({ name: "not-found", detail });

const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text);

const pointerOf = (path: readonly string[]): string =>
  path.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

function sentence(what: string, errors: readonly FaultAt[]): string {
  const [first] = errors;
  if (first === undefined) return `${what} is invalid`;
  const where = first.parameter ?? (first.pointer === "" ? "the body" : first.pointer);
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : "";
  return `${where}${first.value === undefined ? "" : ` = ${cut(first.value)}`} ${first.rule}${more}`;
}
