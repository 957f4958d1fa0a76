/** A day of the city as its server sends it: shares per step at once, a byte per road and step when somebody looks back. */

/**
 * @typedef {object} Day
 * @property {number[]} steps start of each, ms
 * @property {number} step_ms
 * @property {number[]} congested roads per step
 * @property {number[]} reporting roads with data per step
 * @property {number} days most days that a step is made from
 * @property {readonly string[]} roads
 * @property {Uint8Array | null} bytes steps in rows; null where only shares were asked for
 */

/**
 * @param {{ date?: string, of?: string, shares?: boolean, from_ms?: number, to_ms?: number }} asked
 * @returns {Promise<Day>}
 */
export async function loadDay({ date, of, shares, from_ms, to_ms }) {
  const query = new URLSearchParams();
  if (date) query.set("date", date);
  if (from_ms !== undefined) query.set("from", new Date(from_ms).toISOString());
  if (to_ms !== undefined) query.set("to", new Date(to_ms).toISOString());
  if (of) query.set("of", of);
  if (shares) query.set("format", "shares");
  const answer = await fetch(`/api/traffic/day?${query}`);
  if (!answer.ok) throw new Error(`The day could not be loaded: ${answer.status}`);
  const { data } = await answer.json();
  return {
    steps: data.steps.map((/** @type {string} */ text) => Date.parse(text)),
    step_ms: data.step_s * 1000,
    congested: data.congested,
    reporting: data.reporting,
    days: data.days,
    roads: data.roads ?? [],
    bytes: data.ratios === undefined ? null : decode(data.ratios),
  };
}

/** @param {string} text base64 */
function decode(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Place of the step that holds an instant, within the day. @param {Day} day @param {number} ms */
export const stepOf = (day, ms) =>
  Math.max(0, Math.min(day.steps.length - 1, Math.floor((ms - day.steps[0]) / day.step_ms)));

/** Share of reporting roads that are congested; null without data. @param {Day} day @param {number} step */
export const shareOf = (day, step) =>
  day.reporting[step] > 0 ? day.congested[step] / day.reporting[step] : null;

/**
 * Bytes by a network's places: -1 for a road that the day does not know, so that painting needs no look-up.
 * @param {Day} day @param {ReadonlyMap<string, number>} places @param {number} count
 */
export function columnsOf(day, places, count) {
  const columns = new Int32Array(count).fill(-1);
  day.roads.forEach((id, column) => {
    const place = places.get(id);
    if (place !== undefined && place < count) columns[place] = column;
  });
  return columns;
}
