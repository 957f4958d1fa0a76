/** The city's time, by the server's clock: a wrong clock of this machine changes nothing. */
let offset_ms = 0;

/** The server's time now, ms. */
export const serverNow = () => Date.now() + offset_ms;

/** @param {number} server_ms the server's time at this moment */
export function setServerTime(server_ms) {
  if (Number.isFinite(server_ms)) offset_ms = server_ms - Date.now();
}

/** @type {Intl.DateTimeFormat | null} */
let format = null;

/** `10:20:04` in the city's zone. @param {number} ms */
export const clockTime = (ms) => format?.format(ms) ?? new Date(ms).toISOString().slice(11, 19);

/** `8 s`, `3 min`, `2 h`, `4 d`: as views/format.ts says it. @param {number} ms */
export function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 100) return `${s} s`;
  if (s < 5970) return `${Math.round(s / 60)} min`;
  return s < 172_800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} d`;
}

export function startClock() {
  const clock = document.getElementById("clock");
  if (!clock) return;
  setServerTime(Number(clock.dataset.now));
  format = new Intl.DateTimeFormat("en-GB", {
    timeZone: clock.dataset.zone ?? "UTC",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const tick = () => {
    clock.textContent = clockTime(serverNow());
    setTimeout(tick, 1000 - (serverNow() % 1000) + 5);
  };
  tick();
}
