/** Light, dark, or as the system says: kept in a cookie, so that the next page comes in it at once. */
const order = /** @type {const} */ (["auto", "light", "dark"]);

const remember = (/** @type {string} */ name, /** @type {string} */ value) => {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
};

export function startTheme() {
  const button = document.getElementById("theme");
  const word = document.getElementById("theme-word");
  if (!button || !word) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const now = order.indexOf(/** @type {"auto"} */ (button.dataset.theme));
    const next = order[(now + 1) % order.length];
    button.dataset.theme = next;
    word.textContent = next;
    document.documentElement.classList.remove(...order.map((o) => `theme-${o}`));
    document.documentElement.classList.add(`theme-${next}`);
    remember("theme", next);
    document.dispatchEvent(new CustomEvent("arterial:colours"));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.dispatchEvent(new CustomEvent("arterial:colours"));
  });
}

/** @param {boolean} classic green, yellow, red instead of the colours that everybody can tell apart */
export function setPalette(classic) {
  document.documentElement.classList.toggle("palette-classic", classic);
  document.documentElement.classList.toggle("palette-safe", !classic);
  remember("palette", classic ? "classic" : "safe");
  document.dispatchEvent(new CustomEvent("arterial:colours"));
}

/**
 * A colour of the stylesheet as the browser resolves it now.
 * @param {string} name custom property, `--l-free`
 */
export function colour(name) {
  const probe = document.createElement("i");
  probe.className = "hidden";
  document.body.append(probe);
  probe.style.color = `var(${name})`;
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
