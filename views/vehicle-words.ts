/** Words and letters of vehicles and emergencies. public/js/layers/kinds.js says the same in the browser. */
import { num } from "./format.ts";

export type Row = Readonly<Record<string, unknown>>;

const text = (row: Row, name: string): string | null => (typeof row[name] === "string" ? row[name] : null);

/** Colour group and letter of each type: never colour alone. */
const TYPES: Readonly<Record<string, readonly [group: string, letter: string]>> = {
  bus: ["transit", "B"],
  tram: ["transit", "T"],
  rail: ["transit", "R"],
  ferry: ["transit", "F"],
  taxi: ["car", "X"],
  car: ["car", "C"],
  truck: ["truck", "L"],
  bicycle: ["bicycle", "Y"],
  ambulance: ["rescue", "A"],
  police: ["rescue", "P"],
  fire: ["rescue", "E"],
};

export const vehicleType = (row: Row): string => text(row, "vehicle_type") ?? "other";
export const vehicleGroup = (row: Row): string => TYPES[vehicleType(row)]?.[0] ?? "other";
export const vehicleLetter = (row: Row): string => TYPES[vehicleType(row)]?.[1] ?? "·";
export const vehicleId = (row: Row): string => text(row, "vehicle_id") ?? "";
export const vehicleName = (row: Row): string => text(row, "vehicle_label") ?? vehicleId(row);
/** Feeds that name their lines `line_12` mean 12. */
const lineName = (route: string): string => route.replace(/^line[\s_-]*/i, "");
/** `bus, line 12`. */
export function vehicleWords(row: Row): string {
  const route = text(row, "route_id");
  return route === null ? vehicleType(row) : `${vehicleType(row)}, line ${lineName(route)}`;
}

/** Compass point of a course: `NE`; nothing without one. */
export function compass(row: Row): string {
  const heading = num(row["heading"]);
  const points = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
  return heading === null ? "" : points[Math.round(heading / 45) % 8]!;
}

export const emergencyName = (row: Row): string => text(row, "emergency_type") ?? "Emergency";
export const severityOf = (row: Row): string => text(row, "severity") ?? "unrated";
export const statusWords: Readonly<Record<string, string>> = {
  dispatched: "dispatched",
  en_route: "en route",
  on_scene: "on scene",
  transporting: "transporting",
  closed: "closed",
};

const ORDER: Readonly<Record<string, number>> = { critical: 0, high: 1, medium: 2, low: 3, unrated: 4 };

/** When it was opened; when it was told, where nobody says. */
export const openedAt = (row: Row): number =>
  Date.parse(text(row, "opened_at") ?? text(row, "timestamp") ?? "");

/** Open ones first, the worst of them first, of these the longest open. */
export const worstFirst = (a: Row, b: Row): number =>
  Number(a["status"] === "closed") - Number(b["status"] === "closed") ||
  (ORDER[severityOf(a)] ?? 4) - (ORDER[severityOf(b)] ?? 4) ||
  openedAt(a) - openedAt(b);
