/** "Compare with": one choice, as links, so that it works without a script and each state has an address. */
import { comparisons, comparisonWords, type Comparison } from "../src/core/compare.ts";

export interface CompareControlProps {
  value: Comparison | null;
  /** Address of the page with `compare=` set so; without it for null. */
  href: (compare: Comparison | null) => string;
}

export const CompareControl = ({ value, href }: CompareControlProps) => (
  <nav class="compare" id="compare" aria-label="Compare with">
    <span>Compare with</span>
    {[null, ...comparisons].map((name) => (
      <a
        href={href(name)}
        data-compare={name ?? ""}
        rel="nofollow"
        aria-current={name === value ? "true" : undefined}
      >
        {name === null ? "nothing" : comparisonWords[name].label}
      </a>
    ))}
  </nav>
);

/** `path?…&compare=`: the other parameters stay. */
export function withCompare(path: string, query: string, compare: Comparison | null): string {
  const parameters = new URLSearchParams(query);
  if (compare === null) parameters.delete("compare");
  else parameters.set("compare", compare);
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}
