/** "now / +10 / +20 / +30": one choice, as links, so that each state has an address and a keyboard, and works without a script. */
import { horizons, type Horizon } from "./predictions/ahead.ts";

export const AheadControl = ({ value, query }: { value: Horizon | null; query: string }) => (
  <nav class="ahead" id="ahead" aria-label="Minutes ahead" aria-keyshortcuts="a">
    {[null, ...horizons].map((minute) => (
      <a
        href={withAhead(query, minute)}
        data-ahead={minute ?? ""}
        rel="nofollow"
        aria-label={minute === null ? "now" : `in ${minute} minutes`}
        aria-current={minute === value ? "true" : undefined}
      >
        {minute === null ? "now" : `+${minute}`}
      </a>
    ))}
    <small id="ahead-said">min</small>
    <span class="why" id="ahead-why" hidden></span>
  </nav>
);

/** The map's address with `ahead=` set so; what it cannot go with is left out. */
function withAhead(query: string, minute: Horizon | null): string {
  const parameters = new URLSearchParams(query);
  if (minute === null) parameters.delete("ahead");
  else {
    for (const name of ["t", "date", "compare"]) parameters.delete(name);
    parameters.set("ahead", String(minute));
  }
  const text = parameters.toString();
  return text === "" ? "/" : `/?${text}`;
}
