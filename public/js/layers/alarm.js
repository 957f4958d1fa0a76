/** A critical emergency that is new is said at once, and once: to readers of a screen; others see it come. */
const KEY = "arterial:said";
/** Ids that are remembered: more are not open in a day. */
const SAID_MAX = 200;

/** @returns {string[]} */
function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  } catch {
    // A browser that keeps nothing: the page itself remembers.
    return [];
  }
}

function keep(/** @type {string[]} */ ids) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(ids));
  } catch {}
}

export function startAlarm() {
  const place = document.getElementById("alarm");
  /** @type {Set<string>} */
  let said = new Set(kept());
  let first = true;

  /** @param {any[]} rows */
  return (rows) => {
    const critical = rows.filter(({ severity, status }) => severity === "critical" && status !== "closed");
    const fresh = critical.filter(({ emergency_id }) => !said.has(emergency_id));
    for (const { emergency_id } of fresh) said.add(emergency_id);
    said = new Set([...said].slice(-SAID_MAX));
    keep([...said]);
    // What was there before the page came is in its list.
    if (!first && fresh.length > 0 && place)
      place.textContent = fresh
        .map(
          (row) =>
            `Critical emergency: ${row.emergency_type ?? "unknown kind"}${row.address ? `, ${row.address}` : ""}.`,
        )
        .join(" ");
    first = false;
  };
}
