/** `application/problem+json` (RFC 9457): how every error answers. */
import { z } from "@hono/zod-openapi";
import { problemNames } from "../../src/core/errors.ts";
import { whole, words_of } from "./numbers.ts";

const types = Object.keys(problemNames).map((name) => `/problems/${name}`) as [string, ...string[]];

const problemShape = {
  type: z.enum(types).openapi({ description: "Address of a page that explains the problem." }),
  title: words_of("The kind of problem, in a few words."),
  status: whole(400, 599, "1", "HTTP status."),
  detail: words_of("What happened, with the value, and what was wanted."),
  errors: z
    .array(
      z.object({
        pointer: words_of("JSON pointer into the body (RFC 6901).").optional(),
        parameter: words_of("Name of the query, path or header parameter.").optional(),
        value: words_of("What was given, cut to 200 characters.").optional(),
        rule: words_of("What was wanted."),
      }),
    )
    .optional(),
  request_id: words_of("Give it with a report: it stands in the server's log."),
};

export const problemSchema = z.object(problemShape).openapi("Problem");

export const waitSchema = z
  .object({ part: words_of("Which part."), reason: words_of("What it waits for.") })
  .openapi("Wait");

/** The problem that `/readyz` answers with. */
export const notReadySchema = z
  .object({ ...problemShape, waiting_for: z.array(waitSchema).min(1) })
  .openapi("NotReady");

type Answers = Record<
  number,
  { description: string; content: { "application/problem+json": { schema: typeof problemSchema } } }
>;

const says: Readonly<Record<number, string>> = {
  400: "A parameter is invalid, or the body is not what its type says.",
  401: "A token is wanted.",
  403: "Host, Origin or token do not allow this.",
  404: "There is no such thing.",
  413: "The body is too large.",
  415: "The content type is not supported.",
  422: "The body breaks its schema.",
  429: "Too many requests.",
  500: "Something went wrong here.",
  503: "A part is not available now; try again after Retry-After seconds.",
};

/** The error answers of a route, by status; 500 always is among them. */
export const problems = (...statuses: number[]): Answers =>
  Object.fromEntries(
    [...statuses, 500].map((status) => [
      status,
      {
        description: says[status] ?? "A problem.",
        content: { "application/problem+json": { schema: problemSchema } },
      },
    ]),
  );
