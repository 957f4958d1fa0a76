/**
 * The layers as one flat picture above the map. Points that move once a second would make WebGL draw the whole city again for
 * each of them; here only the points are drawn: when some changed, and with the map when that moves.
 */

/**
 * Where things are on the screen now.
 * @typedef {object} Placer
 * @property {(point: { mx: number, my: number }) => number} x px from the left
 * @property {(point: { mx: number, my: number }) => number} y px from the top
 * @property {number} zoom
 * @property {number} width
 * @property {number} height
 */

/**
 * What the layers lie on.
 * @typedef {object} Ground
 * @property {HTMLElement} host
 * @property {() => Placer} placer
 * @property {(moved: () => void) => void} onMove
 */

/** @param {Ground} ground @param {(ctx: CanvasRenderingContext2D, placer: Placer) => void} draw */
export function openOverlay(ground, draw) {
  const canvas = document.createElement("canvas");
  const ctx = canvas.getContext("2d");
  // A browser that draws nothing still has the lists.
  if (ctx === null) return { ask() {} };
  canvas.className = "overlay";
  canvas.setAttribute("aria-hidden", "true");
  ground.host.append(canvas);
  let asked = 0;

  const redraw = () => {
    cancelAnimationFrame(asked);
    asked = 0;
    const placer = ground.placer();
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(placer.width * ratio), Math.round(placer.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    } else {
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.clearRect(0, 0, width, height);
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.lineJoin = "round";
    draw(ctx, placer);
  };
  // In the frame of the map's own move: the points do not swim.
  ground.onMove(redraw);
  new ResizeObserver(redraw).observe(ground.host);
  return {
    /** Draws in the next frame, once. */
    ask: () => {
      if (asked === 0) asked = requestAnimationFrame(redraw);
    },
  };
}
