/**
 * The city drawn by WebGL: background and roads from our own files, the state of roads as feature-state. Only roads that changed
 * are touched, all in one frame.
 */
import { colour } from "./theme.js";
import { groundOf } from "./layers/map-ground.js";
import { placeLabels } from "./map-labels.js";
import { backgroundLayers, roadLayers, pointLayer, paints } from "./map-style.js";
import { LEVELS } from "./roads-model.js";

const REACH_PX = 7;
const ROADS = ["road-calm", "road-jam", "road-dash"];

/**
 * @typedef {object} MapOptions
 * @property {HTMLElement} element
 * @property {any} network
 * @property {any} background
 * @property {Pick<import("./roads-model.js").RoadsModel, "roads">} model
 * @property {[number, number, number, number]} bounds
 * @property {{ centre: [number, number] | null, zoom: number }} view
 * @property {(place: number | null, x: number, y: number) => void} onHover
 * @property {(place: number | null) => void} onPick
 * @property {(x: number, y: number, picked: boolean) => boolean} above whether something lies over the roads there
 * @property {(lng: number, lat: number, zoom: number) => void} onMove
 */

/** @param {MapOptions} options @returns {Promise<any>} rejects where there is no WebGL 2 */
export async function openCityMap({
  element,
  network,
  background,
  model,
  bounds,
  view,
  onHover,
  onPick,
  above,
  onMove,
}) {
  if (!document.createElement("canvas").getContext("webgl2")) throw new Error("no WebGL 2");
  const { maplibre: url = "", maplibreCss = "" } = element.dataset;
  const css = document.createElement("link");
  css.rel = "stylesheet";
  css.href = maplibreCss;
  document.head.prepend(css);
  const maplibre = await import(url);

  let hidden = new Set();
  /** What is drawn: of now, until `follow` says otherwise. @type {any} */
  let current = model;
  /** @type {((colour: (name: string) => string) => readonly (readonly [string, string, unknown])[]) | null} */
  let comparison = null;
  const map = new maplibre.Map({
    container: element,
    ...(view.centre === null
      ? {
          bounds: [
            [bounds[0], bounds[1]],
            [bounds[2], bounds[3]],
          ],
          fitBoundsOptions: { padding: element.clientWidth < 600 ? 4 : 24 },
        }
      : { center: view.centre, zoom: view.zoom }),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 18,
    minZoom: 7,
    fadeDuration: 0,
    renderWorldCopies: false,
    locale: { "Map.Title": "Map of the roads. The list of worst roads says the same." },
    style: {
      version: 8,
      sources: {
        background: { type: "geojson", data: background },
        network: { type: "geojson", data: network, tolerance: 0.3 },
        points: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
      },
      layers: [...backgroundLayers(colour), ...roadLayers(colour, hidden), pointLayer(colour, hidden)],
    },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibre.ScaleControl({ maxWidth: 90 }), "bottom-right");
  const labels = placeLabels(
    maplibre,
    map,
    background,
    new Set((element.dataset.districts ?? "").split("|")),
  );

  const count = network.features.length;
  const source = (/** @type {number} */ place) => (place < count ? "network" : "points");
  let points = 0;
  let drawn = false;
  let frame = 0;
  /** @type {Set<number>} */
  const waiting = new Set();

  const draw = () => {
    frame = 0;
    if (!drawn) return;
    addPoints();
    for (const place of waiting) {
      const { level, stale, as_of_ms } = current.roads[place];
      map.setFeatureState(
        { source: source(place), id: place },
        {
          l: as_of_ms === 0 ? LEVELS.length - 1 : level,
          s: stale && as_of_ms > 0,
          ...(current.comparing ? { d: current.diffs[place] } : {}),
        },
      );
    }
    waiting.clear();
  };

  /** New sensors only: a rare event, so the whole small list is set anew. */
  function addPoints() {
    const features = [];
    for (let place = count; place < current.roads.length; place++) {
      const { place: at } = current.roads[place];
      if (at)
        features.push({
          type: "Feature",
          id: place,
          properties: {},
          geometry: { type: "Point", coordinates: at },
        });
    }
    if (features.length === points) return;
    const first = points === 0;
    points = features.length;
    map.getSource("points").setData({ type: "FeatureCollection", features });
    if (first && view.centre === null) fitPoints(features);
  }

  /** A recording of another city: show where its sensors are, unless our own network reports too. */
  function fitPoints(/** @type {any[]} */ features) {
    if (current.roads.slice(0, count).some((road) => road.as_of_ms > 0)) return;
    const box = new maplibre.LngLatBounds();
    for (const f of features) box.extend(f.geometry.coordinates);
    map.fitBounds(box, { padding: 40, animate: false });
  }

  /** @param {Iterable<number>} places */
  const update = (places) => {
    for (const place of places) waiting.add(place);
    if (frame === 0 && waiting.size > 0) frame = requestAnimationFrame(draw);
  };

  const near = (/** @type {any} */ point, reach = REACH_PX) => {
    const box = [
      [point.x - reach, point.y - reach],
      [point.x + reach, point.y + reach],
    ];
    const found = map
      .queryRenderedFeatures(box, { layers: ["point", ...ROADS] })
      .map((/** @type {any} */ f) => f.id);
    const shown = found.filter(
      (/** @type {number} */ place) =>
        comparison !== null || !hidden.has(LEVELS[current.roads[place]?.level]),
    );
    // Of several, the worst: that is what the eye aims at.
    return shown.length === 0
      ? null
      : shown.reduce((/** @type {number} */ a, /** @type {number} */ b) =>
          badness(current.roads[b]) > badness(current.roads[a]) ? b : a,
        );
  };
  const badness = (/** @type {{ level: number, stale: boolean }} */ road) =>
    road.level === 5 || road.stale ? -1 : road.level;

  map.on("mousemove", (/** @type {any} */ { point }) => {
    const covered = above(point.x, point.y, false);
    const place = covered ? null : near(point);
    map.getCanvas().style.cursor = place === null && !covered ? "" : "pointer";
    if (covered) mark("hover", null);
    else onHover(place, point.x, point.y);
  });
  map.on("mouseout", () => onHover(null, 0, 0));
  map.on("click", (/** @type {any} */ { point }) => {
    if (!above(point.x, point.y, true))
      onPick(near(point, matchMedia("(pointer: coarse)").matches ? 14 : REACH_PX));
  });
  map.on("moveend", () => {
    const { lng, lat } = map.getCenter();
    onMove(lng, lat, map.getZoom());
  });
  map.on("move", labels);

  const marks = { hover: -1, select: -1 };
  const mark = (/** @type {"hover" | "select"} */ kind, /** @type {number | null} */ place) => {
    const before = marks[kind];
    const next = place ?? -1;
    if (before === next) return;
    if (before >= 0) map.setFeatureState({ source: source(before), id: before }, { [kind]: false });
    if (next >= 0) map.setFeatureState({ source: source(next), id: next }, { [kind]: true });
    marks[kind] = next;
  };

  const repaint = () => {
    for (const [layer, property, value] of comparison?.(colour) ?? paints(colour, hidden))
      map.setPaintProperty(layer, property, value);
  };
  document.addEventListener("arterial:colours", repaint);

  await map.once("load");
  drawn = true;
  labels();
  update(current.roads.keys());

  return {
    map,
    update,
    mark,
    hide(/** @type {Set<string>} */ levels) {
      hidden = new Set(levels);
      repaint();
    },
    /** Draws other roads from now on: those of the past, say. @param {any} roads */
    follow(roads) {
      current = roads;
    },
    /** Draws differences instead of levels; levels again for null. @param {typeof comparison} next */
    compare(next) {
      if (next === comparison) return;
      comparison = next;
      repaint();
    },
    /** @param {boolean} shown */
    showRoads(shown) {
      for (const { id } of [...roadLayers(colour, hidden), pointLayer(colour, hidden)])
        map.setLayoutProperty(id, "visibility", shown ? "visible" : "none");
    },
    ground: groundOf(map),
    /** @param {number} mx @param {number} my @param {number} zoom */
    zoomTo(mx, my, zoom) {
      const lat = (Math.atan(Math.exp(Math.PI * (1 - 2 * my))) * 360) / Math.PI - 90;
      const closer = Math.max(zoom, map.getZoom() + 1);
      map.easeTo({ center: [mx * 360 - 180, lat], zoom: closer, duration: 150 });
    },
    /** Brings a road into view when it is not. @param {number} place */
    reveal(place) {
      const geometry =
        place < count ? network.features[place].geometry.coordinates : [current.roads[place].place];
      this.revealAt(geometry[geometry.length >> 1]);
    },
    /** @param {[number, number]} middle */
    revealAt(middle) {
      const { x, y } = map.project(middle);
      // What lies under the panel is not in view.
      const panel = document.getElementById("panel");
      const covered = panel && !panel.hidden ? panel.getBoundingClientRect() : null;
      const box = element.getBoundingClientRect();
      const wide = covered !== null && covered.width < box.width * 0.9;
      const right = covered !== null && wide ? covered.left - box.left : box.width;
      const bottom = covered !== null && !wide ? covered.top - box.top : box.height;
      if (x > 20 && x < right - 20 && y > 20 && y < bottom - 20) return;
      map.easeTo({
        center: middle,
        duration: 150,
        offset: [(right - box.width) / 2, (bottom - box.height) / 2],
      });
    },
  };
}
