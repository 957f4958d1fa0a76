/** PostgreSQL arrays as texts, made by hand: the driver's own way costs several times as much. */

export const numberArray = (values: readonly number[]): string => `{${values.join(",")}}`;

export function textArray(values: readonly (string | null)[]): string {
  let text = "{";
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (i > 0) text += ",";
    if (value === null) text += "null";
    else text += SPECIAL.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : value;
  }
  return `${text}}`;
}

/** What must be quoted in an array: also the empty text, and the word for null. */
const SPECIAL = /[^\w.:-]|^$|^null$/i;
