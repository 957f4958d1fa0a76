/** The panel of a road: shown at once with what the map knows, then filled by one request. */

/** @param {{ onClose: () => void }} handlers */
export function startPanel({ onClose }) {
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
    // A morph may have made the opener's row anew: it is found by its road.
    const again = opener?.isConnected
      ? opener
      : document.querySelector(`#worst-list a[data-road="${CSS.escape(opener?.dataset.road ?? "")}"]`);
    if (again instanceof HTMLElement) again.focus();
    opener = null;
  };

  panel.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-close]")) close();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  if (!panel.hidden) {
    asked = panel.querySelector("[data-road-panel]")?.getAttribute("data-road-panel") ?? "";
    document.body.classList.add("with-panel");
  }

  /** @param {string} id */
  const fill = async (id) => {
    const answer = await fetch(`/fragments/road/${encodeURIComponent(id)}`);
    const text = await answer.text();
    if (asked !== id) return;
    // The answer of an error is a whole page: only its words are wanted here.
    if (!answer.ok) return show(id, "This road is not known here.");
    await globalThis.htmx.swap({ sourceElement: panel, target: panel, swap: "innerMorph", text });
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
    /** @param {string} id @param {string} name @param {string} note @param {HTMLElement | null} from */
    open(id, name, note, from) {
      if (from) opener = from;
      asked = id;
      show(name, note);
      panel.hidden = false;
      document.body.classList.add("with-panel");
      // From the keyboard the reader follows; with a pointer the place is kept.
      if (from?.matches(":focus-visible")) panel.focus();
      void fill(id);
    },
    /** Asks anew for what is open: once a minute the curve has grown. */
    refresh() {
      if (asked !== "" && !panel.hidden) void fill(asked);
    },
  };
}
