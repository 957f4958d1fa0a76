/** A critical emergency that is new is said at once, and once: to readers of a screen; others see it come. */
const KEY = "arterial:said";
/** Ids that are remembered: more are not open in a day. */
const SAID_MAX = 200;

export function startAlarm() {
  const place = document.getElementById("alarm");
  /** @type {Set<string>} */
  const said = new Set(JSON.parse(sessionStorage.getItem(KEY) ?? "[]"));
  let first = true;

  /** @param {any[]} rows */
  return (rows) => {
    const critical = rows.filter(({ severity, status }) => severity === "critical" && status !== "closed");
    const fresh = critical.filter(({ emergency_id }) => !said.has(emergency_id));
    for (const { emergency_id } of fresh) said.add(emergency_id);
    sessionStorage.setItem(KEY, JSON.stringify([...said].slice(-SAID_MAX)));
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
