/** The live map's page: puts model, map, list, legend, panel, stream and address together. */
import "./page.js";
import { openCityMap } from "./city-map.js";
import { startAlarm } from "./layers/alarm.js";
import { startLayers } from "./layers/layers.js";
import { clockTime, serverNow, span } from "./clock.js";
import { startLive } from "./live.js";
import { startPanel } from "./panel.js";
import { followRoad } from "./road-now.js";
import { LEVELS, RoadsModel } from "./roads-model.js";
import { startSheet } from "./sheet.js";
import { setPalette } from "./theme.js";
import { startTip } from "./tip.js";
import { readUrl, writeUrl } from "./url-state.js";
import { startList } from "./worst-list.js";

const words = ["free", "moderate", "heavy", "severe", "closed", "no data"];
const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const element = $("map");
const stage = /** @type {HTMLElement} */ (element.parentElement);
const state = JSON.parse($("state").textContent ?? "{}");
let url = readUrl();

const get = async (/** @type {string | undefined} */ address) => (await fetch(address ?? "")).json();
const [network, background] = await Promise.all([
  get(element.dataset.network),
  get(element.dataset.background),
]);
const model = new RoadsModel(network.features);
model.load(state);
const facts = network.features.map((/** @type {any} */ { properties }) => properties);
/** What the map shows: of now, until the slider is there. @type {any} */
let shown = model;

/** @type {any} */
let map = null;
const place = (/** @type {string} */ id) => model.places.get(id) ?? null;
const line = (/** @type {import("./roads-model.js").Road} */ road, /** @type {number} */ at) =>
  shown.isAhead
    ? (ahead?.line(at) ?? "")
    : road.as_of_ms === 0
      ? "no data"
      : shown.isPast
        ? `${words[road.level]}, ${road.speed} km/h, ${shownTime?.line(at)}`
        : `${words[road.level]}, ${road.speed} km/h${road.stale ? `, as of ${clockTime(road.as_of_ms)}` : `, ${span(serverNow() - road.as_of_ms)} ago`}`;

const panel = startPanel({
  onClose() {
    map?.mark("select", null);
    layers.select(null);
    markRow("");
    writeUrl({ road: "", at: "" }, true);
  },
});
const tip = startTip(stage);
const alarm = startAlarm();
/** What the open panel is about, where it is of a layer. @type {import("./layers/layers.js").Chosen | null} */
let opened = null;
/** Topics that are followed whatever layers are on: predictions while the map looks ahead. */
const always = ["traffic"];
const layers = startLayers({
  always,
  remembered: true,
  tip,
  onToggle(layer, on) {
    if (layer === "roads") map?.showRoads(on);
    if (!on && opened?.layer === layer) panel.close();
  },
  onRows(layer, rows) {
    if (layer === "emergencies") alarm(rows);
    if (
      opened?.layer === layer &&
      rows.some((row) => row[layers.models.get(layer)?.key ?? ""] === opened?.id)
    )
      panel.refresh();
  },
  onPick: (chosen) => openPoint(chosen),
});

/** @param {import("./layers/layers.js").Chosen} chosen @param {boolean} [step] */
function openPoint(chosen, step = true) {
  const { layer, id } = chosen;
  panel.open(`/fragments/point/${layer}/${encodeURIComponent(id)}`, id, "", null);
  map?.mark("select", null);
  markRow("");
  opened = chosen;
  layers.select(chosen);
  if (step) writeUrl({ road: "", at: `${layer}:${id}` }, true);
  const point = layers.models.get(layer)?.points.get(id);
  if (point) map?.revealAt([point.lng, point.lat]);
}

/** @param {string} id @param {HTMLElement | null} from @param {boolean} [step] */
function open(id, from, step = true) {
  const at = place(id);
  const road = at === null ? null : shown.roads[at];
  const address = `/fragments/road/${encodeURIComponent(id)}`;
  panel.open(
    address,
    road?.name ?? id,
    road === null || road === undefined || at === null ? "" : line(road, at),
    from,
  );
  markRow(id);
  opened = null;
  layers.select(null);
  if (step) writeUrl({ road: id, at: "" }, true);
  if (at !== null) {
    map?.mark("select", at);
    map?.reveal(at);
  }
}

function markRow(/** @type {string} */ id) {
  for (const row of document.querySelectorAll("#worst-list a[data-road]")) {
    if (row instanceof HTMLElement) row.toggleAttribute("data-selected", row.dataset.road === id);
  }
}

/** Comes after the map: who looks at now does not wait for it. @type {ReturnType<typeof import("./time-slider-page.js").startTime> | null} */
let shownTime = null;
/** @type {ReturnType<typeof import("./ahead-page.js").startAhead> | null} */
let ahead = null;

startList({
  onLight: (id) => map?.mark("hover", id === null ? null : place(id)),
  onOpen: (id, from) => open(id, from),
});
startSheet();

// The legend is the filter.
function applyHidden() {
  for (const button of document.querySelectorAll("#legend [data-level]")) {
    if (button instanceof HTMLElement)
      button.setAttribute("aria-pressed", String(!url.hide.has(button.dataset.level ?? "")));
  }
  for (const level of LEVELS) document.body.classList.toggle(`hide-${level}`, url.hide.has(level));
  map?.hide(url.hide);
}
$("legend").addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (button?.id === "palette") {
    const classic = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(classic));
    setPalette(classic);
    writeUrl({ palette: classic ? "classic" : "" });
  } else if (button?.dataset.level) {
    const { level } = button.dataset;
    if (!url.hide.delete(level)) url.hide.add(level);
    applyHidden();
    writeUrl({ hide: LEVELS.filter((l) => url.hide.has(l)).join(",") });
  }
});
applyHidden();

addEventListener("popstate", () => {
  url = readUrl();
  applyHidden();
  if (url.road !== "") open(url.road, null, false);
  else if (url.at !== null) openPoint(url.at, false);
  else panel.close();
});

// The panel's neighbours lead on within the panel.
$("panel").addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-road]") : null;
  if (!(link instanceof HTMLElement) || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  open(link.dataset.road ?? "", null);
});

const options = {
  element,
  network,
  background,
  model,
  view: url,
  bounds: /** @type {[number, number, number, number]} */ (
    (element.dataset.bounds ?? "").split(",").map(Number)
  ),
  onHover(/** @type {number | null} */ at, /** @type {number} */ x, /** @type {number} */ y) {
    map?.mark("hover", at);
    if (at === null) tip.hide();
    else tip.show(shown.roads[at].name, line(shown.roads[at], at), x, y);
  },
  // Points are of now: they are not shown over the past.
  above: (x, y, picked) => !shown.isPast && layers.above(x, y, picked),
  onPick(/** @type {number | null} */ at) {
    if (at === null) panel.close();
    else open(model.roads[at].id, null);
  },
  onMove(/** @type {number} */ lng, /** @type {number} */ lat, /** @type {number} */ zoom) {
    writeUrl({ c: `${lng.toFixed(5)},${lat.toFixed(5)},${zoom.toFixed(2)}` });
  },
};

// The stream starts before the map: the list lives though the map takes a second to come.
const stream = startLive({
  topics: layers.topics(),
  rows: {
    ...layers.rows,
    traffic(rows) {
      model.apply(rows);
      followRoad(rows);
    },
    predictions(rows) {
      ahead?.apply(rows);
      const { road } = readUrl();
      if (road !== "" && rows.some((row) => row.road_id === road)) panel.refresh();
    },
  },
  gone: {
    ...layers.gone,
    traffic: (keys) => model.gone(keys),
    predictions: (keys) => ahead?.predictions.gone(keys),
  },
  async resync() {
    void layers.resync();
    void ahead?.load();
    const answer = await fetch("/fragments/map-state");
    if (answer.ok) model.load(await answer.json());
  },
});
layers.follow(stream);

/** Age goes on when nothing comes: the line under the sentence must not say "0 s" for ever. */
function grow() {
  const time = document.querySelector("#fresh time");
  const age = document.querySelector("#fresh [data-age]");
  const bar = document.querySelector("#fresh .bar");
  if (!time || !age || !bar) return;
  const age_ms = Math.max(0, serverNow() - Date.parse(time.getAttribute("datetime") ?? ""));
  const share = Math.min(1, age_ms / Number(bar.getAttribute("data-full-ms")));
  age.textContent = span(age_ms);
  bar.querySelector(".bar-age")?.setAttribute("width", `${Math.max(1, Math.round(share * 100))}%`);
  bar.setAttribute("class", `bar ${share === 1 ? "stale" : share > 0.66 ? "ageing" : "fresh"}`);
}

const flush = () => {
  const changed = model.take();
  if (shownTime !== null) shownTime.flush(changed);
  else if (changed.size > 0) map?.update(changed);
};
document.addEventListener("traffic", flush);
document.addEventListener("gone", flush);
setInterval(() => {
  model.age();
  layers.age();
  ahead?.age();
  flush();
  grow();
}, 1000);
setInterval(() => panel.refresh(), 60_000);

/** The tab says the state; the reader of a screen hears the sentence when it changed, at most twice a minute. */
let spoken_ms = -Infinity;
function say() {
  const data = /** @type {HTMLDataElement | null} */ (document.getElementById("congested"));
  if (!data) return;
  const live = !document.documentElement.classList.contains("disconnected");
  if (data.value !== "")
    document.title = `${live ? "●" : "○"} ${Number(data.value).toLocaleString("en-US")} congested · Arterial`;
  if (performance.now() - spoken_ms < 30_000 || $("spoken").textContent === data.textContent) return;
  spoken_ms = performance.now();
  $("spoken").textContent = data.textContent;
}
document.addEventListener("htmx:sse:after:message", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.message.event) return;
  say();
  markRow(readUrl().road);
});

try {
  map = await openCityMap(options);
} catch {
  const { openPictureMap } = await import("./picture-map.js");
  map = await openPictureMap(options);
}
// For tests and the curious: the map that is drawn.
Object.assign(globalThis, { arterial: { map, model, layers, ahead: () => ahead } });
await layers.attach(map);
if (!layers.on.has("roads")) map.showRoads(false);
applyHidden();
flush();
const { startTime, ShownRoads } = await import("./time-slider-page.js");
const free = facts.map((/** @type {any} */ road) => road.free_flow_speed ?? 0);
shown = new ShownRoads(model, free);
map.follow(shown);
shownTime = startTime({
  shown,
  lengths_km: facts.map((/** @type {any} */ road) => road.length_km ?? 0),
  map: () => map,
  onList: () => markRow(readUrl().road),
  onLive: () => ahead?.toNow(),
  onState: () => ahead?.offer(),
});
const { startAhead } = await import("./ahead-page.js");
ahead = startAhead({
  live: model,
  shown,
  free,
  time: shownTime,
  map,
  onFollow(on) {
    always.splice(1, 1, ...(on ? ["predictions"] : []));
    stream.follow(layers.topics());
  },
});
ahead.read();
void shownTime.read();
if (url.road !== "") {
  const at = place(url.road);
  markRow(url.road);
  if (at !== null) map.mark("select", at);
} else if (url.at !== null) openPoint(url.at, false);
element.dataset.ready = "true";
