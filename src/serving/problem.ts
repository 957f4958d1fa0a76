/** Problems that the serving layer finds in a question. */
import { ProblemError, shown } from "../core/errors.ts";

export const invalidParameter = (parameter: string, value: string, rule: string): ProblemError =>
  new ProblemError({
    name: "invalid-parameter",
    detail: `${parameter} = ${shown(value)} ${rule}`,
    errors: [
      { parameter, value: value.length > 200 ? `${value.slice(0, 199).toWellFormed()}…` : value, rule },
    ],
  });

export const notFound = (detail: string): ProblemError => new ProblemError({ name: "not-found", detail });

/** A key that no event has ever had. */
export const keyNotFound = (stream: { key: string; label: string }, key: string): ProblemError =>
  notFound(`There is no ${stream.key} ${shown(key)} in ${stream.label}: no event has named it yet`);
