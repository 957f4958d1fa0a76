/** Times and days of the city's zone. @param {string} zone */
export function zoneWords(zone) {
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  // Sweden writes days as ISO 8601 does.
  const date = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" });
  const day = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
  });
  return {
    /** `12:30` @param {number} ms */
    clock: (ms) => clock.format(ms),
    /** `2026-11-21` @param {number} ms */
    date: (ms) => date.format(ms),
    /** `Fri, 20 Nov`; nothing for the day that `now_ms` is on. @param {number} ms @param {number} now_ms */
    otherDay: (ms, now_ms) => (date.format(ms) === date.format(now_ms) ? "" : day.format(ms)),
  };
}
