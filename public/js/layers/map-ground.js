/** What the layers lie on: the map is flat and looks north, so a place is two multiplications away. */
import { mercatorX, mercatorY } from "./points-model.js";

/** @returns {import("./overlay.js").Ground} */
export const groundOf = (/** @type {any} */ map) => ({
  host: map.getCanvasContainer(),
  placer() {
    const { lng, lat } = map.getCenter();
    const zoom = map.getZoom();
    const world = 512 * 2 ** zoom;
    const { clientWidth: width, clientHeight: height } = map.getContainer();
    const [left, top] = [mercatorX(lng) * world - width / 2, mercatorY(lat) * world - height / 2];
    return { x: ({ mx }) => mx * world - left, y: ({ my }) => my * world - top, zoom, width, height };
  },
  onMove: (moved) => map.on("move", moved),
});
