/** How points look: shape and letter say the type again, hollow is old, a ring is what one points at. */
import { colour } from "../theme.js";
import { span } from "../clock.js";
import { vehicleGroup, vehicleLetter } from "./kinds.js";

/** @typedef {CanvasRenderingContext2D} Context */
/** @typedef {import("./points-model.js").Point} Point */

const NAMES = ["ink", "soft", "raised", "ground", "rule-strong", "fault", "map-casing", "l-stale", "accent"];
const GROUPS = ["transit", "car", "truck", "bicycle", "rescue", "other"];
const CATEGORIES = ["good", "moderate", "sensitive", "unhealthy", "very", "hazardous"];
const WORDS = [
  "Good",
  "Moderate",
  "Unhealthy for Sensitive Groups",
  "Unhealthy",
  "Very Unhealthy",
  "Hazardous",
];

/** @type {Record<string, string>} */
let inks = {};

/** Colours of the stylesheet as they are now; to be called again when they change. */
export function readInks() {
  inks = Object.fromEntries([
    ...NAMES.map((name) => [name, colour(`--${name}`)]),
    ...GROUPS.map((name) => [`v-${name}`, colour(`--v-${name}`)]),
    ...CATEGORIES.map((name) => [`epa-${name}`, colour(`--epa-${name}`)]),
  ]);
}

export const ink = (/** @type {string} */ name) => inks[name] ?? "#000";

const FONT = "'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif";

/** Outlines that point to the north, 12 px long: turned by the course. @type {Record<string, number[]>} */
const SHAPES = {
  transit: [-3.6, 5, -3.6, -2, 0, -6, 3.6, -2, 3.6, 5],
  car: [0, -6, 4.6, 5, 0, 2.4, -4.6, 5],
  truck: [-5, 5, -5, -1.5, 0, -5.5, 5, -1.5, 5, 5],
  bicycle: [0, -6.5, 2.6, 5, -2.6, 5],
  rescue: [-2, -6, 2, -6, 2, -2, 6, -2, 6, 2, 2, 2, 2, 6, -2, 6, -2, 2, -6, 2, -6, -2, -2, -2],
  other: [0, -5, 5, 0, 0, 5, -5, 0],
};
/** Letters are read from this zoom on. */
const LETTERS_FROM = 13;
/** And the age of those that are old: parked ones are many. */
const AGES_FROM = 14.5;

/** @param {Context} ctx @param {Point} point @returns {number} radius, px */
export function vehicle(
  ctx,
  point,
  /** @type {number} */ x,
  /** @type {number} */ y,
  /** @type {number} */ zoom,
  age_ms = 0,
) {
  const { row, stale } = point;
  const group = vehicleGroup(row);
  const fill = ink(`v-${group}`);
  const course = typeof row.heading === "number" ? (row.heading * Math.PI) / 180 : null;
  if (zoom < LETTERS_FROM) {
    outline(
      ctx,
      course === null && group !== "rescue" ? null : SHAPES[group],
      x,
      y,
      group === "rescue" ? 0 : (course ?? 0),
    );
    paint(ctx, fill, stale);
    return 6;
  }
  if (course !== null) {
    const [sin, cos] = [Math.sin(course), -Math.cos(course)];
    ctx.beginPath();
    ctx.moveTo(x + sin * 14, y + cos * 14);
    ctx.lineTo(x + sin * 6 - cos * 5.5, y + cos * 6 + sin * 5.5);
    ctx.lineTo(x + sin * 6 + cos * 5.5, y + cos * 6 - sin * 5.5);
    ctx.closePath();
    paint(ctx, fill, stale);
  }
  ctx.beginPath();
  ctx.arc(x, y, 8.5, 0, 7);
  paint(ctx, fill, stale);
  text(ctx, vehicleLetter(row), x, y + 0.5, 10.5, stale ? fill : ink("map-casing"), "700");
  if (stale && zoom >= AGES_FROM) text(ctx, span(age_ms), x, y + 18, 10.5, ink("soft"));
  return 10;
}

/** @param {Context} ctx @param {Point} point */
export function emergency(ctx, point, /** @type {number} */ x, /** @type {number} */ y) {
  const { severity, status } = point.row;
  const r = severity === "critical" ? 13 : severity === "high" ? 11 : 9;
  ctx.beginPath();
  ctx.moveTo(x, y - r);
  ctx.lineTo(x + r, y);
  ctx.lineTo(x, y + r);
  ctx.lineTo(x - r, y);
  ctx.closePath();
  const hollow = status === "closed" || !(severity === "critical" || severity === "high");
  const fill = status === "closed" ? ink("l-stale") : ink("fault");
  paint(ctx, fill, hollow, 2);
  if (status === "closed") line(ctx, x - r, y + r * 0.4, x + r, y - r * 0.4, fill, 2);
  else
    text(
      ctx,
      severity === "critical" ? "!!" : "!",
      x,
      y + 0.5,
      r > 10 ? 12 : 10.5,
      hollow ? fill : ink("map-casing"),
      "700",
    );
  return r;
}

/** @param {Context} ctx */
export function cluster(ctx, /** @type {number} */ n, /** @type {number} */ x, /** @type {number} */ y) {
  const r = Math.min(21, 7 + 2 * Math.log2(n));
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 7);
  ctx.fillStyle = ink("raised");
  ctx.fill();
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = ink("v-transit");
  ctx.stroke();
  text(ctx, String(n), x, y + 0.5, 11, ink("ink"), "600");
  return r;
}

/** What stands in a tag of a layer, and the colour of its edge. @param {string} layer @param {any} row */
function tagOf(layer, row) {
  if (layer === "air")
    return {
      words: typeof row.aqi_value === "number" ? String(row.aqi_value) : "–",
      edge: ink(`epa-${CATEGORIES[WORDS.indexOf(row.aqi_category)] ?? ""}`),
    };
  if (layer === "weather")
    return {
      words: `${typeof row.temperature === "number" ? `${Math.round(row.temperature)}° ` : ""}${row.condition ?? ""}`,
      edge: "",
    };
  return {
    words: `${Math.round(((row.vehicles_n ?? 0) * 60) / (row.period_s ?? 60))}/min`,
    edge: ink("soft"),
  };
}

/**
 * A square with words in it; only a small one where another stands already.
 * @param {Context} ctx @param {string} layer @param {Point} point @param {number[][]} taken boxes that are there
 */
export function tag(
  ctx,
  layer,
  point,
  /** @type {number} */ x,
  /** @type {number} */ y,
  /** @type {number} */ zoom,
  taken,
) {
  const { words, edge } = tagOf(layer, point.row);
  ctx.font = `600 11px ${FONT}`;
  const glyph = layer === "cameras" ? 15 : edge === "" ? 0 : 4;
  const width = Math.ceil(ctx.measureText(words).width) + 10 + glyph;
  const [left, top, height] = [Math.round(x - width / 2), Math.round(y - 9), 18];
  // There are many cameras, and few look at what one asks from afar.
  const far = layer === "cameras" && zoom < LETTERS_FROM;
  const room =
    !far &&
    taken.every(
      ([l, t, r, b]) => left > r + 2 || left + width < l - 2 || top > b + 2 || top + height < t - 2,
    );
  if (!room) {
    ctx.fillStyle = layer === "air" ? edge : ink("raised");
    ctx.strokeStyle = ink("soft");
    ctx.lineWidth = 1.5;
    ctx.fillRect(x - 4, y - 4, 8, 8);
    ctx.strokeRect(x - 4, y - 4, 8, 8);
    return 6;
  }
  taken.push([left, top, left + width, top + height]);
  ctx.globalAlpha = point.stale ? 0.6 : 1;
  ctx.beginPath();
  ctx.roundRect(left, top, width, height, layer === "weather" ? 9 : 2);
  ctx.fillStyle = ink("raised");
  ctx.fill();
  ctx.lineWidth = 1;
  ctx.strokeStyle = ink("rule-strong");
  if (point.stale) ctx.setLineDash([3, 2]);
  ctx.stroke();
  ctx.setLineDash([]);
  if (layer === "air") {
    ctx.fillStyle = edge;
    ctx.fillRect(left + 0.5, top + 0.5, 4, height - 1);
  } else if (layer === "cameras") {
    ctx.fillStyle = ink("soft");
    ctx.fillRect(left + 5, top + 6, 8, 7);
    ctx.beginPath();
    ctx.moveTo(left + 13, top + 9.5);
    ctx.lineTo(left + 17, top + 6.5);
    ctx.lineTo(left + 17, top + 12.5);
    ctx.fill();
  }
  text(ctx, words, left + glyph + (width - glyph) / 2, y + 0.5, 11, ink("ink"), "600");
  ctx.globalAlpha = 1;
  return Math.max(9, width / 2);
}

/** @param {Context} ctx */
export function hospital(ctx, /** @type {number} */ x, /** @type {number} */ y) {
  ctx.fillStyle = ink("raised");
  ctx.strokeStyle = ink("soft");
  ctx.lineWidth = 1;
  ctx.fillRect(x - 6.5, y - 6.5, 13, 13);
  ctx.strokeRect(x - 6.5, y - 6.5, 13, 13);
  text(ctx, "H", x, y + 0.5, 10, ink("soft"), "700");
}

/** @param {Context} ctx */
export function ring(
  ctx,
  /** @type {number} */ x,
  /** @type {number} */ y,
  /** @type {number} */ r,
  strong = true,
) {
  ctx.beginPath();
  ctx.arc(x, y, r + 4, 0, 7);
  ctx.lineWidth = strong ? 2.5 : 1.5;
  ctx.strokeStyle = ink("ink");
  ctx.stroke();
}

/** @param {Context} ctx @param {number[] | null | undefined} shape a circle without one */
function outline(ctx, shape, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ course) {
  ctx.beginPath();
  if (!shape) return ctx.arc(x, y, 4.2, 0, 7);
  const [sin, cos] = [Math.sin(course), Math.cos(course)];
  for (let i = 0; i < shape.length; i += 2)
    ctx.lineTo(x + shape[i] * cos - shape[i + 1] * sin, y + shape[i] * sin + shape[i + 1] * cos);
  ctx.closePath();
}

/** @param {Context} ctx @param {string} fill @param {boolean} hollow */
function paint(ctx, fill, hollow, width = 1.4) {
  ctx.fillStyle = hollow ? ink("map-casing") : fill;
  ctx.strokeStyle = hollow ? fill : ink("map-casing");
  ctx.lineWidth = width;
  // The casing first: half of it lies under the fill.
  if (!hollow) ctx.stroke();
  ctx.fill();
  if (hollow) ctx.stroke();
}

/** @param {Context} ctx @param {string} words */
function text(
  ctx,
  words,
  /** @type {number} */ x,
  /** @type {number} */ y,
  /** @type {number} */ px,
  /** @type {string} */ fill,
  weight = "400",
) {
  ctx.font = `${weight} ${px}px ${FONT}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillStyle = fill;
  ctx.fillText(words, x, y);
}

/** @param {Context} ctx */
function line(
  ctx,
  /** @type {number} */ x1,
  /** @type {number} */ y1,
  /** @type {number} */ x2,
  /** @type {number} */ y2,
  /** @type {string} */ stroke,
  /** @type {number} */ width,
) {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.strokeStyle = stroke;
  ctx.lineWidth = width;
  ctx.stroke();
}
