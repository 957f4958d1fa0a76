/** The whole state of the map in its address: `?c=lng,lat,zoom&road=&at=layer:key&hide=&palette=&layers=`. Other parameters stay as they are. */

/** @returns {{ centre: [number, number] | null, zoom: number, road: string, at: { layer: string, id: string } | null, hide: Set<string>, palette: string }} */
export function readUrl() {
  const params = new URLSearchParams(location.search);
  const c = (params.get("c") ?? "").split(",").map(Number);
  const good =
    c.length === 3 &&
    c.every(Number.isFinite) &&
    Math.abs(c[0]) <= 180 &&
    Math.abs(c[1]) <= 85 &&
    c[2] >= 0 &&
    c[2] <= 24;
  return {
    centre: good ? [c[0], c[1]] : null,
    zoom: good ? c[2] : 0,
    road: params.get("road") ?? "",
    at: pointOf(params.get("at") ?? ""),
    hide: new Set((params.get("hide") ?? "").split(",").filter((level) => level !== "")),
    palette: params.get("palette") ?? "",
  };
}

/** `vehicles:bus-12` */
function pointOf(/** @type {string} */ text) {
  const colon = text.indexOf(":");
  return colon < 1 ? null : { layer: text.slice(0, colon), id: text.slice(colon + 1) };
}

/**
 * Writes what changed. Opening a road is a step that "back" undoes; moving the map is not.
 * @param {Record<string, string>} change an empty text takes the parameter out
 * @param {boolean} [step]
 */
export function writeUrl(change, step = false) {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(change)) {
    if (value === "") params.delete(name);
    else params.set(name, value);
  }
  // Commas may stand in a query; an address that people send should be readable.
  const text = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  const url = `${location.pathname}${text === "" ? "" : `?${text}`}`;
  if (url === location.pathname + location.search) return;
  if (step) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
}
