/** PostgreSQL arrays as texts, made by hand: the driver's own way costs several times as much. */

export const numberArray = (values: readonly number[]): string => `{${values.join(",")}}`;

export const textArray = (values: readonly (string | null)[]): string =>
  `{${values.map((v) => (v === null ? "null" : `"${v.replace(/["\\]/g, "\\$&")}"`)).join(",")}}`;
