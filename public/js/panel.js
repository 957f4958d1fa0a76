/** The panel of a road or a point: shown at once with what the map knows, then filled by one request. */

/** The row of a list that leads to the same: a morph may have made it anew. */
const rowOf = (/** @type {HTMLElement | null} */ opener) => {
  const [name, value] =
    Object.entries(opener?.dataset ?? {}).find(([key]) => /^(road|vehicle)$/.test(key)) ?? [];
  return name === undefined
    ? null
    : document.querySelector(`ol a[data-${name}="${CSS.escape(value ?? "")}"]`);
};

/** @param {{ onClose: () => void, onFill?: (panel: HTMLElement) => void }} handlers */
export function startPanel({ onClose, onFill }) {
  const panel = /** @type {HTMLElement} */ (document.getElementById("panel"));
  /** @type {HTMLElement | null} */
  let opener = null;
  let asked = "";

  const close = () => {
    if (panel.hidden) return;
    panel.hidden = true;
    panel.replaceChildren();
    asked = "";
    document.body.classList.remove("with-panel");
    onClose();
    const again = opener?.isConnected ? opener : rowOf(opener);
    if (again instanceof HTMLElement) again.focus();
    opener = null;
  };

  panel.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-close]")) close();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  if (!panel.hidden) {
    asked = addressOf(panel.firstElementChild?.attributes);
    document.body.classList.add("with-panel");
  }

  /** @param {string} address @param {string} [name] */
  const fill = async (address, name) => {
    const answer = await fetch(address).catch(() => null);
    const text = await answer?.text();
    if (asked !== address || text === undefined) return;
    // The answer of an error is a whole page: only its words are wanted here.
    if (!answer?.ok) return name === undefined ? undefined : show(name, "This is not known here.");
    await globalThis.htmx.swap({ sourceElement: panel, target: panel, swap: "innerMorph", text });
    onFill?.(panel);
  };

  const show = (/** @type {string} */ name, /** @type {string} */ note) => {
    const article = document.createElement("article");
    const header = document.createElement("header");
    const title = document.createElement("h2");
    const said = document.createElement("p");
    const button = document.createElement("button");
    title.textContent = name;
    said.className = "what";
    said.textContent = note;
    button.className = "quiet";
    button.dataset.close = "";
    button.textContent = "×";
    button.setAttribute("aria-label", "Close");
    header.append(title, said, button);
    article.append(header);
    panel.replaceChildren(article);
  };

  return {
    close,
    /** @param {string} address of its fragment @param {string} name @param {string} note @param {HTMLElement | null} from */
    open(address, name, note, from) {
      if (from) opener = from;
      asked = address;
      show(name, note);
      panel.hidden = false;
      document.body.classList.add("with-panel");
      // From the keyboard the reader follows; with a pointer the place is kept.
      if (from?.matches(":focus-visible")) panel.focus();
      void fill(address, name);
    },
    /** Asks anew for what is open: once a minute the curve has grown. */
    refresh() {
      if (asked !== "" && !panel.hidden) void fill(asked);
    },
  };
}

/** The fragment that a panel was rendered from: `data-road-panel`, `data-vehicle-panel`, `data-point-panel="layer:key"`. */
function addressOf(/** @type {NamedNodeMap | undefined} */ attributes) {
  const [, kind, id] =
    [...(attributes ?? [])]
      .map(({ name, value }) => [...(name.match(/^data-(\w+)-panel$/) ?? []), value])
      .find(({ length }) => length === 3) ?? [];
  if (kind === undefined) return "";
  // A key may hold anything, also slashes and colons: only a point's first colon parts layer and key.
  const at = kind === "point" ? id.indexOf(":") : -1;
  const path = at < 0 ? [id] : [id.slice(0, at), id.slice(at + 1)];
  return `/fragments/${kind}/${path.map(encodeURIComponent).join("/")}`;
}
