/** Names of places on the map. */

/**
 * Places as words above the map: glyphs for text within it would have to come from somewhere. Districts first, then parks and
 * waters; a word that would touch one that stands already waits until there is room.
 */
export function placeLabels(
  /** @type {any} */ maplibre,
  /** @type {any} */ map,
  /** @type {any} */ background,
  /** @type {Set<string>} */ districts,
) {
  const labels = background.features
    .filter(
      (/** @type {any} */ f) =>
        f.properties.kind === "label" && f.geometry.type === "Point" && f.properties.name,
    )
    .map((/** @type {any} */ f) => ({
      name: f.properties.name,
      at: f.geometry.coordinates,
      district: districts.has(f.properties.name),
    }))
    .sort((/** @type {any} */ a, /** @type {any} */ b) => Number(b.district) - Number(a.district))
    .map((/** @type {any} */ label) => {
      const element = document.createElement("span");
      element.className = label.district ? "district" : "district nature";
      element.textContent = label.name;
      new maplibre.Marker({ element, anchor: "center" }).setLngLat(label.at).addTo(map);
      // A marker is made a control; these are words of a picture, and the table has the districts.
      for (const name of ["tabindex", "role", "aria-label"]) element.removeAttribute(name);
      element.setAttribute("aria-hidden", "true");
      return { ...label, element, width: label.name.length * (label.district ? 8.6 : 6.2) };
    });
  return () => {
    const zoom = map.getZoom();
    /** @type {[number, number, number][]} */
    const taken = [];
    for (const label of labels) {
      const { x, y } = map.project(label.at);
      const half = label.width / 2 + 6;
      const room =
        zoom > (label.district ? 9.5 : 11.3) &&
        zoom < 15.5 &&
        taken.every(([tx, ty, th]) => Math.abs(tx - x) > th + half || Math.abs(ty - y) > 17);
      label.element.hidden = !room;
      if (room) taken.push([x, y, half]);
    }
  };
}
