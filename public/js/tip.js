/** A line beside the pointer: what lies under it. */

/** @param {HTMLElement} stage */
export function startTip(stage) {
  const tip = /** @type {HTMLElement} */ (document.getElementById("tip"));
  return {
    hide() {
      tip.hidden = true;
    },
    show(
      /** @type {string} */ title,
      /** @type {string} */ words,
      /** @type {number} */ x,
      /** @type {number} */ y,
    ) {
      tip.hidden = false;
      tip.replaceChildren(Object.assign(document.createElement("b"), { textContent: title }), words);
      const flip = x > stage.clientWidth - 220;
      tip.style.transform = `translate(${Math.round(x + (flip ? -14 : 14))}px, ${Math.round(y + 14)}px) ${flip ? "translateX(-100%)" : ""}`;
    },
  };
}
