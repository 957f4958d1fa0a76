/**
 * What lies over the roads: per layer its topic, its key, and what is said of a point. The words and letters of vehicles are
 * those of the server's list (views/vehicle-words.ts).
 */

/** @typedef {import("./points-model.js").Point} Point */

/**
 * @typedef {object} Kind
 * @property {string} topic
 * @property {string} key
 * @property {(row: any) => string} title
 * @property {(row: any) => string} words
 */

const spaced = (/** @type {string | undefined} */ text) => (text ?? "").replaceAll("_", " ");
const with_unit = (/** @type {unknown} */ n, /** @type {string} */ unit) =>
  typeof n === "number" ? `${Math.round(n)} ${unit}` : "";
const joined = (/** @type {string[]} */ ...parts) => parts.filter((part) => part !== "").join(", ");

/** @type {Record<string, readonly [group: string, letter: string]>} */
const TYPES = {
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
export const vehicleType = (/** @type {any} */ row) => row.vehicle_type ?? "other";
export const vehicleGroup = (/** @type {any} */ row) => TYPES[vehicleType(row)]?.[0] ?? "other";
export const vehicleLetter = (/** @type {any} */ row) => TYPES[vehicleType(row)]?.[1] ?? "·";
export const vehicleName = (/** @type {any} */ row) => row.vehicle_label ?? row.vehicle_id;
export const vehicleWords = (/** @type {any} */ row) =>
  row.route_id === undefined || row.route_id === null
    ? vehicleType(row)
    : `${vehicleType(row)}, line ${row.route_id.replace(/^line[\s_-]*/i, "")}`;

/** In the order in which they are drawn: many below few, and what is urgent on top. @type {Record<string, Kind>} */
export const KINDS = {
  vehicles: {
    topic: "vehicles",
    key: "vehicle_id",
    title: vehicleName,
    words: (row) => joined(vehicleWords(row), with_unit(row.speed, "km/h")),
  },
  cameras: {
    topic: "cameras",
    key: "camera_id",
    title: (row) => row.camera_id,
    words: (row) => `${row.vehicles_n ?? 0} vehicles in ${row.period_s ?? 60} s`,
  },
  weather: {
    topic: "weather",
    key: "station",
    title: (row) => row.station,
    words: (row) =>
      joined(with_unit(row.temperature, "°C"), spaced(row.condition), with_unit(row.wind_speed, "km/h wind")),
  },
  air: {
    topic: "readings",
    key: "location",
    title: (row) => row.location,
    words: (row) =>
      typeof row.aqi_value === "number" ? `AQI ${row.aqi_value}, ${row.aqi_category}` : "no index",
  },
  emergencies: {
    topic: "emergencies",
    key: "emergency_id",
    title: (row) => row.emergency_type ?? "Emergency",
    words: (row) => joined(row.severity ?? "", spaced(row.status), row.address ?? ""),
  },
};
