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

/**
 * Whether it is peak hour, by the city's rule: as views/peak-words.ts says it.
 * @param {string} hours `6-10,16-20` @param {number} minute of the city's day
 */
export function peakWords(hours, minute) {
  const ranges = hours.split(",").map((range) => range.split("-").map(Number));
  const now = ranges.find(([from = 0, to = 0]) => minute >= from * 60 && minute < to * 60);
  const at = (/** @type {number} */ hour) =>
    `${String(Math.floor(hour) % 24).padStart(2, "0")}:${String(Math.round((hour % 1) * 60)).padStart(2, "0")}`;
  if (now) return { now: true, words: `Peak hour until ${at(now[1] ?? 0)}` };
  const starts = ranges.map(([from = 0]) => from).sort((a, b) => a - b);
  return {
    now: false,
    words: `Next peak ${at(starts.find((from) => from * 60 > minute) ?? starts[0] ?? 0)}`,
  };
}

export function startClock() {
  const clock = document.getElementById("clock");
  if (!clock) return;
  const peak = document.getElementById("peak");
  setServerTime(Number(clock.dataset.now));
  format = new Intl.DateTimeFormat("en-GB", {
    timeZone: clock.dataset.zone ?? "UTC",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const tick = () => {
    const time = clockTime(serverNow());
    clock.textContent = time;
    if (peak) {
      const { now, words } = peakWords(
        peak.dataset.hours ?? "",
        Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)),
      );
      peak.dataset.now = now ? "yes" : "no";
      if (peak.textContent !== words) peak.textContent = words;
    }
    setTimeout(tick, 1000 - (serverNow() % 1000) + 5);
  };
  tick();
}
