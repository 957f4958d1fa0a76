/** The page of streams: the ledger follows the stream; buttons try dead letters again, believe a feed, and run a job. */
import "./page.js";
import { startLive } from "./live.js";
import { forgetToken, keepToken, token } from "./operator.js";

startLive({ resync() {} });

/** What the operator asked for when the server wanted a token. */
let wanted = () => Promise.resolve();

document.addEventListener("click", (event) => {
  const button =
    event.target instanceof Element
      ? event.target.closest("button[data-replay], button[data-believe], button[data-run]")
      : null;
  if (!(button instanceof HTMLButtonElement)) return;
  const { replay: ids, believe: feed, run: job } = button.dataset;
  void press(button, () => {
    if (job !== undefined) return runJob(job);
    return ids === undefined ? believe(feed ?? "") : replay(ids);
  });
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.id !== "operator") return;
  event.preventDefault();
  const [field, button] = [form.querySelector("input"), form.querySelector("button")];
  if (field === null || button === null) return;
  keepToken(field.value);
  field.value = "";
  void press(button, wanted);
});

async function press(/** @type {HTMLButtonElement} */ button, /** @type {() => Promise<void>} */ work) {
  wanted = work;
  button.disabled = true;
  try {
    await work();
  } catch {
    say("Not done: the server does not answer.");
  }
  button.disabled = false;
}

/** @returns Null where the token is missing or wrong: the operator is asked for it. */
async function post(/** @type {string} */ path, /** @type {unknown} */ body) {
  const sent = token();
  const answer = await fetch(path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(sent === null ? {} : { authorization: `Bearer ${sent}` }),
    },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (answer.status !== 401) {
    showForm(false);
    return { ok: answer.ok, said };
  }
  forgetToken();
  showForm(true);
  say(
    sent === null
      ? "Not done: this server wants its operator token, the ADMIN_TOKEN it was started with."
      : "Not done: the server refused this operator token.",
  );
  return null;
}

async function replay(/** @type {string} */ ids) {
  const answer = await post("/api/dead-letters/replay", { ids: ids.split(" ") });
  if (answer === null) return;
  const { ok, said } = answer;
  if (ok) {
    const skipped = said.data.skipped.map((/** @type {any} */ s) => s.why);
    say(
      `${said.data.replayed.length} replayed${skipped.length === 0 ? "" : `, ${skipped.length} not: ${[...new Set(skipped)].join(", ")}`}. Each is stored, or comes back with its reason.`,
    );
  } else say(`Not replayed: ${said.detail ?? said.title}`);
  const place = document.getElementById("dead-letters");
  if (place)
    setTimeout(
      () => globalThis.htmx.ajax("GET", "/fragments/dead-letters", { target: place, swap: "innerMorph" }),
      400,
    );
}

async function believe(/** @type {string} */ feed) {
  const answer = await post(`/api/feeds/${encodeURIComponent(feed)}/believe`, {});
  if (answer === null) return;
  const { ok, said } = answer;
  say(
    ok ? `${feed} is believed from its next poll on.` : `Not done: ${said.detail ?? said.title}`,
    "feeds-said",
  );
}

async function runJob(/** @type {string} */ job) {
  const answer = await post(`/api/jobs/${encodeURIComponent(job)}/runs`, {});
  if (answer === null) return;
  const { ok, said } = answer;
  say(
    ok ? `${job} is asked for: it begins within seconds.` : `Not begun: ${said.detail ?? said.title}`,
    "jobs-said",
  );
}

/** Beside what was pressed; a token is asked for at its form. */
function say(/** @type {string} */ text, /** @type {string} */ id = "replay-said") {
  const said = document.getElementById(id);
  if (said) said.textContent = text;
}

function showForm(/** @type {boolean} */ shown) {
  const form = document.getElementById("operator");
  if (!form) return;
  form.hidden = !shown;
  if (shown) form.querySelector("input")?.focus();
}
