/** Values by rule: what a cell stands for, where the recording itself does not say. */
import { hash32 } from "../../core/identity.ts";
import { textOf } from "./cell.ts";
import type { Choosing } from "./field-mapping.ts";

/**
 * By the whole cell, else by its longest known beginning, else by its hash or `otherwise`. An absent cell is an empty
 * text. @returns undefined where no rule fits.
 */
export function chooser(how: Choosing): (cell: unknown) => unknown {
  const equals = new Map(Object.entries(how.equals ?? {}));
  const prefixes = new Map(Object.entries(how.prefix ?? {}));
  const lengths = [...new Set([...prefixes.keys()].map((prefix) => prefix.length))].sort((a, b) => b - a);
  return (cell) => {
    const known = textOf(cell);
    const whole = equals.get(known);
    if (whole !== undefined) return whole;
    for (const length of lengths) {
      const begun = known.length < length ? undefined : prefixes.get(known.slice(0, length));
      if (begun !== undefined) return begun;
    }
    return how.hash === undefined ? how.otherwise : how.hash[hash32(known) % how.hash.length];
  };
}
