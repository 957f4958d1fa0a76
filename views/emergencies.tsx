/** Open emergencies as cards: the worst first, closed ones struck through while they are live. */
import type { City } from "../src/core/city.ts";
import { type Position, distance_km, nearest } from "../src/core/geo.ts";
import { clockTime, fixed, num, span } from "./format.ts";
import { emergencyName, openedAt, severityOf, statusWords, worstFirst, type Row } from "./vehicle-words.ts";

/** Nearest hospitals that a card names. */
const HOSPITALS_SHOWN = 2;

interface CardsProps {
  rows: readonly Row[];
  city: Pick<City, "zone" | "hospitals">;
  now_ms: number;
  /** The one that the address names. */
  selected: string;
}

export const EmergencyCards = ({ rows, city, now_ms, selected }: CardsProps) => (
  <>
    {rows.toSorted(worstFirst).map((row) => (
      <Card row={row} city={city} now_ms={now_ms} selected={row["emergency_id"] === selected} />
    ))}
  </>
);

const words = (value: unknown): string => (typeof value === "string" ? value : "");

interface CardProps extends Omit<CardsProps, "rows" | "selected"> {
  row: Row;
  selected: boolean;
}

/** Its parts are named by `data-slot`: the script fills the same card from the stream. */
export const Card = ({ row, city, now_ms, selected }: CardProps) => {
  const severity = severityOf(row);
  const status = words(row["status"]);
  const opened_ms = openedAt(row);
  const ambulance = words(row["vehicle_id"]);
  return (
    <li data-emergency={words(row["emergency_id"])} data-severity={severity} data-status={status}>
      <button type="button" aria-pressed={selected ? "true" : "false"}>
        <span class="severity" data-slot="severity">
          {severity}
        </span>
        <span class="type" data-slot="type">
          {emergencyName(row)}
        </span>
        <span class="status" data-slot="status">
          {statusWords[status] ?? status}
        </span>
        <span class="since">
          since{" "}
          <time data-slot="since">{Number.isNaN(opened_ms) ? "–" : clockTime(opened_ms, city.zone)}</time>,{" "}
          <span data-slot="age">{Number.isNaN(opened_ms) ? "" : span(now_ms - opened_ms)}</span>
        </span>
        <span class="where" data-slot="where">
          {words(row["address"]) || words(row["emergency_id"])}
        </span>
        <span class="ambulance" data-slot="ambulance">
          {ambulance === "" ? "no ambulance yet" : `with ${ambulance}`}
        </span>
        <span class="hospitals" data-slot="hospitals">
          {hospitalWords(row, city)}
        </span>
      </button>
    </li>
  );
};

/** The one that it drives to, else the nearest as the crow flies. */
function hospitalWords(row: Row, { hospitals }: Pick<City, "hospitals">): string {
  const to = hospitals.find(({ hospital_id }) => hospital_id === row["hospital_id"]);
  const [lng, lat] = [num(row["longitude"]), num(row["latitude"])];
  if (lng === null || lat === null) return to === undefined ? "" : `to ${to.name}`;
  const here: Position = [lng, lat];
  if (to !== undefined) return `to ${to.name}, ${fixed(distance_km(here, to.at), 1)} km`;
  return nearest(hospitals, here, HOSPITALS_SHOWN)
    .map(({ place, distance_km: km }) => `${place.name} ${fixed(km, 1)} km`)
    .join(" · ");
}
