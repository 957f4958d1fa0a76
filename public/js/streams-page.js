/** The page of streams: the ledger follows the stream; a button tries dead letters again. */
import "./page.js";
import { startLive } from "./live.js";
import { forgetToken, keepToken, token } from "./operator.js";

startLive({ resync() {} });

/** What the operator asked for when the server wanted a token. */
let wanted = "";

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-replay]") : null;
  if (button instanceof HTMLButtonElement) void replay(button.dataset.replay ?? "", button);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.id !== "operator") return;
  event.preventDefault();
  const [field, button] = [form.querySelector("input"), form.querySelector("button")];
  if (field === null || button === null) return;
  keepToken(field.value);
  field.value = "";
  void replay(wanted, button);
});

async function replay(/** @type {string} */ ids, /** @type {HTMLButtonElement} */ button) {
  button.disabled = true;
  try {
    await ask(ids);
  } catch {
    say("Not replayed: the server does not answer.");
  }
  button.disabled = false;
}

async function ask(/** @type {string} */ ids) {
  const sent = token();
  const answer = await fetch("/api/dead-letters/replay", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(sent === null ? {} : { authorization: `Bearer ${sent}` }),
    },
    body: JSON.stringify({ ids: ids.split(" ") }),
  });
  const body = await answer.json();
  if (answer.status === 401) {
    wanted = ids;
    forgetToken();
    showForm(true);
    say(
      sent === null
        ? "Not replayed: this server wants its operator token, the ADMIN_TOKEN it was started with."
        : "Not replayed: the server refused this operator token.",
    );
    return;
  }
  showForm(false);
  if (answer.ok) {
    const skipped = body.data.skipped.map((/** @type {any} */ s) => s.why);
    say(
      `${body.data.replayed.length} replayed${skipped.length === 0 ? "" : `, ${skipped.length} not: ${[...new Set(skipped)].join(", ")}`}. Each is stored, or comes back with its reason.`,
    );
  } else say(`Not replayed: ${body.detail ?? body.title ?? answer.status}`);
  const place = document.getElementById("dead-letters");
  if (place)
    setTimeout(
      () => globalThis.htmx.ajax("GET", "/fragments/dead-letters", { target: place, swap: "innerMorph" }),
      400,
    );
}

function say(/** @type {string} */ text) {
  const said = document.getElementById("replay-said");
  if (said) said.textContent = text;
}

function showForm(/** @type {boolean} */ shown) {
  const form = document.getElementById("operator");
  if (!form) return;
  form.hidden = !shown;
  if (shown) form.querySelector("input")?.focus();
}
