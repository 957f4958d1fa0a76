/** The way of one vehicle: fades by age, and is broken where nobody knows how it came from one place to the next. */
import { serverNow } from "../clock.js";
import { mercatorX, mercatorY } from "./points-model.js";

/** @typedef {{ lng: number, lat: number, mx: number, my: number, time_ms: number, gap: boolean }} Step */

const SHOWN_MS = 30 * 60_000;
/** As the server tells a jump: faster is a fault of the receiver, of which two positions are a second apart at least. */
const JUMP_KMH = 300;
const LEAST_MS = 1_000;

export class Trail {
  /** @type {Step[]} */ steps = [];
  id = "";

  /** @param {string} id @param {string} text `lng,lat,s,gap;…` */
  read(id, text) {
    this.id = id;
    this.steps =
      text === ""
        ? []
        : text.split(";").map((one) => {
            const [lng, lat, s, gap] = one.split(",").map(Number);
            return { lng, lat, mx: mercatorX(lng), my: mercatorY(lat), time_ms: s * 1000, gap: gap === 1 };
          });
  }

  clear() {
    this.steps = [];
    this.id = "";
  }

  /** @param {import("./points-model.js").Point} point @param {number} silent_ms */
  add({ id, lng, lat, mx, my, as_of_ms: time_ms }, silent_ms) {
    const last = this.steps.at(-1);
    if (id !== this.id || (last !== undefined && time_ms <= last.time_ms + 500)) return;
    const gap = last === undefined || time_ms - last.time_ms > silent_ms || jumped(last, lng, lat, time_ms);
    this.steps.push({ lng, lat, mx, my, time_ms, gap });
    while (this.steps.length > 0 && this.steps[0].time_ms < serverNow() - SHOWN_MS) this.steps.shift();
  }

  /** @param {CanvasRenderingContext2D} ctx @param {import("./overlay.js").Placer} placer @param {string} stroke */
  draw(ctx, placer, stroke) {
    ctx.strokeStyle = stroke;
    ctx.lineWidth = 3;
    ctx.lineCap = "round";
    const now_ms = serverNow();
    for (let i = 1; i < this.steps.length; i++) {
      const [from, to] = [this.steps[i - 1], this.steps[i]];
      if (to.gap) continue;
      ctx.globalAlpha = Math.max(0.12, 0.9 - (now_ms - to.time_ms) / SHOWN_MS);
      ctx.beginPath();
      ctx.moveTo(placer.x(from), placer.y(from));
      ctx.lineTo(placer.x(to), placer.y(to));
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
    // Where it was seen again after a gap: a small open circle.
    ctx.lineWidth = 1.5;
    for (const step of this.steps) {
      if (!step.gap) continue;
      ctx.beginPath();
      ctx.arc(placer.x(step), placer.y(step), 3, 0, 7);
      ctx.stroke();
    }
  }
}

/** @param {Step} from */
function jumped(from, /** @type {number} */ lng, /** @type {number} */ lat, /** @type {number} */ time_ms) {
  const east = (lng - from.lng) * Math.cos((lat * Math.PI) / 180);
  const km = Math.hypot(east, lat - from.lat) * 111.2;
  return km / (Math.max(LEAST_MS, time_ms - from.time_ms) / 3_600_000) > JUMP_KMH;
}
