/** The vehicles as a list: what the map shows, for those who do not see one. */
import { count, fixed, instant, num, span } from "./format.ts";
import {
  vehicleGroup,
  vehicleId,
  vehicleLetter,
  vehicleName,
  vehicleType,
  vehicleWords,
  type Row,
} from "./vehicle-words.ts";

/** More would be read by nobody; the types narrow it, and the API has them all. */
const ROWS_MAX = 100;

const byName = new Intl.Collator("en", { numeric: true });

/** The first ones by name: of 20,000 nearly all are left out by one comparison, as in public/js/vehicle-list.js. */
function firstByName(rows: readonly Row[]): readonly Row[] {
  const kept: Row[] = [];
  for (const row of rows) {
    const name = vehicleName(row);
    const before = (other: Row): boolean => byName.compare(vehicleName(other), name) <= 0;
    const last = kept.at(-1);
    if (kept.length === ROWS_MAX && last !== undefined && before(last)) continue;
    kept.splice(kept.findLastIndex(before) + 1, 0, row);
    kept.length = Math.min(kept.length, ROWS_MAX);
  }
  return kept;
}

interface RowsProps {
  rows: readonly Row[];
  /** All when empty. */
  types: ReadonlySet<string>;
  now_ms: number;
}

export const VehicleRows = ({ rows, types, now_ms }: RowsProps) => {
  const shown = firstByName(rows.filter((row) => types.size === 0 || types.has(vehicleType(row))));
  if (shown.length === 0 && rows.length > 0)
    return <li class="note">None of the chosen types has reported in the last 10 min.</li>;
  return (
    <>
      {shown.map((row) => {
        const as_of = instant(row["as_of"]);
        return (
          <li class={row["stale"] === true ? "stale" : undefined}>
            <a href={`/vehicles?vehicle=${encodeURIComponent(vehicleId(row))}`} data-vehicle={vehicleId(row)}>
              <span class={`badge v-${vehicleGroup(row)}`} aria-hidden="true">
                {vehicleLetter(row)}
              </span>
              <span class="name">{vehicleName(row)}</span>
              <span class="word">{vehicleWords(row)}</span>
              <span class="n">{fixed(num(row["speed"]), 0)}</span>
              <span class="n age">{as_of === null ? "–" : span(now_ms - as_of)}</span>
            </a>
          </li>
        );
      })}
    </>
  );
};

/** Types that are there, the most frequent first. */
export const TypeChips = ({ rows, types }: { rows: readonly Row[]; types: ReadonlySet<string> }) => {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(vehicleType(row), (counts.get(vehicleType(row)) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  return (
    <>
      {sorted.map(([type, n]) => (
        <button type="button" data-type={type} aria-pressed={types.has(type) ? "true" : "false"}>
          <span class={`badge v-${vehicleGroup({ vehicle_type: type })}`} aria-hidden="true">
            {vehicleLetter({ vehicle_type: type })}
          </span>
          {type} <b>{count(n)}</b>
        </button>
      ))}
    </>
  );
};
