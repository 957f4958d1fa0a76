/** Vehicles and emergencies: list, map and the way of one, together with the stream and the address. */
import "./page.js";
import { openCityMap } from "./city-map.js";
import { clockTime, serverNow, span } from "./clock.js";
import { startCards } from "./emergency-cards.js";
import { startAlarm } from "./layers/alarm.js";
import { startLayers } from "./layers/layers.js";
import { PointsModel } from "./layers/points-model.js";
import { Trail } from "./layers/trail.js";
import { startLive } from "./live.js";
import { startPanel } from "./panel.js";
import { RoadsModel } from "./roads-model.js";
import { startTip } from "./tip.js";
import { readUrl, writeUrl } from "./url-state.js";
import { startVehicleList } from "./vehicle-list.js";

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const element = $("map");
const stage = /** @type {HTMLElement} */ (element.parentElement);
const hospitals = JSON.parse($("hospitals").textContent ?? "[]");
const parameter = (/** @type {string} */ name) => new URLSearchParams(location.search).get(name) ?? "";
const types = new Set(
  parameter("type")
    .split(",")
    .filter((type) => type !== ""),
);

/** @type {any} */
let map = null;
const trail = new Trail();
const alarm = startAlarm();
const tip = startTip(stage);
const layers = startLayers({
  always: [],
  listed: true,
  remembered: false,
  hospitals,
  tip,
  onToggle() {},
  onRows(layer, rows) {
    if (layer === "emergencies") {
      alarm(rows);
      cards.update();
    } else follow();
  },
  onPick: ({ layer, id }) => (layer === "vehicles" ? openVehicle(id, null) : openEmergency(id)),
  under: (ctx, placer, ink) => trail.draw(ctx, placer, ink("accent")),
});
// A platform without such a stream has no layer of it: its list stays as the server made it.
const vehicles = layers.models.get("vehicles") ?? new PointsModel("vehicle_id");
const emergencies = layers.models.get("emergencies") ?? new PointsModel("emergency_id");

const panel = startPanel({
  onClose() {
    trail.clear();
    layers.select(null);
    list.select("");
    writeUrl({ vehicle: "" }, true);
  },
  onFill: readTrail,
});
const cards = startCards({ model: emergencies, hospitals, onOpen: (id) => openEmergency(id) });
const list = startVehicleList({
  model: vehicles,
  types,
  onOpen: (id, from) => openVehicle(id, from),
  onLight: (id) => layers.hover(id === null ? null : { layer: "vehicles", id }),
  onTypes(chosen) {
    writeUrl({ type: [...chosen].join(",") });
    layers.showTypes(chosen);
  },
});
layers.showTypes(types);

function readTrail() {
  const article = $("panel").querySelector("[data-vehicle-panel]");
  if (!(article instanceof HTMLElement)) return;
  trail.read(article.dataset.vehiclePanel ?? "", article.dataset.track ?? "");
  follow();
  layers.redraw();
}

/** @param {string} id @param {HTMLElement | null} from @param {boolean} [step] */
function openVehicle(id, from, step = true) {
  const point = vehicles.points.get(id);
  trail.clear();
  panel.open(`/fragments/vehicle/${encodeURIComponent(id)}`, point?.row.vehicle_label ?? id, "", from);
  layers.select({ layer: "vehicles", id });
  list.select(id);
  cards.select("");
  if (step) writeUrl({ vehicle: id, emergency: "" }, true);
  if (point) map?.revealAt([point.lng, point.lat]);
}

/** @param {string} id @param {boolean} [step] */
function openEmergency(id, step = true) {
  panel.close();
  const point = emergencies.points.get(id);
  layers.select({ layer: "emergencies", id });
  cards.select(id);
  if (step) writeUrl({ emergency: id, vehicle: "" }, true);
  if (point) map?.revealAt([point.lng, point.lat]);
}

/** The open vehicle's figures and trail go on with the stream. */
function follow() {
  const article = $("panel").querySelector("[data-vehicle-panel]");
  const point = vehicles.points.get(article?.getAttribute("data-vehicle-panel") ?? "");
  if (!article || !point) return;
  const put = (/** @type {string} */ name, /** @type {string} */ text) => {
    const at = article.querySelector(`[data-now="${name}"]`);
    if (at && at.textContent !== text) at.textContent = text;
  };
  const { speed, heading } = point.row;
  const points = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
  put("speed", typeof speed === "number" ? speed.toFixed(0) : "–");
  put("compass", typeof heading === "number" ? points[Math.round(heading / 45) % 8] : "");
  put("as_of", clockTime(point.as_of_ms));
  put("age", span(serverNow() - point.as_of_ms));
  article.querySelector(".vehicle-now")?.classList.toggle("stale", point.stale);
  trail.add(point, vehicles.stale_ms);
}

layers.follow(
  startLive({
    topics: layers.topics(),
    rows: layers.rows,
    gone: layers.gone,
    resync: () => layers.resync(),
  }),
);

let spoken = "";
function eachSecond() {
  layers.age();
  cards.update();
  list.update();
  follow();
  const words = $("sentence").textContent ?? "";
  const open = [...emergencies.points.values()].filter(({ row }) => row.status !== "closed");
  const critical = open.filter(({ row }) => row.severity === "critical").length;
  const live = !document.documentElement.classList.contains("disconnected");
  const n = vehicles.points.size.toLocaleString("en-US");
  if (vehicles.loaded)
    document.title = `${critical > 0 ? `▲ ${critical} critical` : `${live ? "●" : "○"} ${n} ${n === "1" ? "vehicle" : "vehicles"}`} · Arterial`;
  // For a reader of a screen: what is open, when that changes; the number of vehicles changes all the time.
  const now = words.split(";")[1] ?? "";
  if (now !== spoken && spoken !== "") $("spoken").textContent = now;
  spoken = now;
}
setInterval(eachSecond, 1000);
setInterval(() => panel.refresh(), 60_000);
addEventListener("popstate", () => {
  if (parameter("vehicle") !== "") openVehicle(parameter("vehicle"), null, false);
  else if (parameter("emergency") !== "") openEmergency(parameter("emergency"), false);
  else panel.close();
});

const get = async (/** @type {string | undefined} */ address) => (await fetch(address ?? "")).json();
const [network, background] = await Promise.all([
  get(element.dataset.network),
  get(element.dataset.background),
]);
const options = {
  element,
  network,
  background,
  // The roads are the ground here: pale, without their state.
  model: new RoadsModel(network.features),
  view: readUrl(),
  bounds: /** @type {[number, number, number, number]} */ (
    (element.dataset.bounds ?? "").split(",").map(Number)
  ),
  onHover: () => tip.hide(),
  onPick() {
    layers.select(null);
    cards.select("");
    panel.close();
    writeUrl({ emergency: "" });
  },
  above: (x, y, picked) => layers.above(x, y, picked),
  onMove(/** @type {number} */ lng, /** @type {number} */ lat, /** @type {number} */ zoom) {
    writeUrl({ c: `${lng.toFixed(5)},${lat.toFixed(5)},${zoom.toFixed(2)}` });
  },
};
try {
  map = await openCityMap(options);
} catch {
  const { openPictureMap } = await import("./picture-map.js");
  map = await openPictureMap(options);
}
// For tests and the curious.
Object.assign(globalThis, { arterial: { map, layers, trail } });
await layers.attach(map);
readTrail();
if (parameter("vehicle") !== "") {
  layers.select({ layer: "vehicles", id: parameter("vehicle") });
  list.select(parameter("vehicle"));
  const last = trail.steps.at(-1);
  if (last) map.revealAt([last.lng, last.lat]);
} else if (parameter("emergency") !== "") openEmergency(parameter("emergency"), false);
element.dataset.ready = "true";
