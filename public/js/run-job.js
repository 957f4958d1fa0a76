/** Starts a job by a button: `data-run` names it. Where the server wants a token, the operator is asked for it once. */
import { forgetToken, keepToken, token } from "./operator.js";

/** @param {string} said_id element that says what came of it */
export function startRunJob(said_id) {
  const say = (/** @type {string} */ text) => {
    const said = document.getElementById(said_id);
    if (said) said.textContent = text;
  };
  const form = () => document.getElementById("operator");
  let wanted = "";

  async function run(/** @type {string} */ job) {
    wanted = job;
    const sent = token();
    const answer = await fetch(`/api/jobs/${encodeURIComponent(job)}/runs`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(sent === null ? {} : { authorization: `Bearer ${sent}` }),
      },
      body: "{}",
    }).catch(() => null);
    if (answer === null) return say("Not done: the server does not answer.");
    const box = form();
    if (answer.status === 401) {
      forgetToken();
      if (box) box.hidden = false;
      box?.querySelector("input")?.focus();
      say(
        sent === null
          ? "Not done: this server wants its operator token, the ADMIN_TOKEN it was started with."
          : "Not done: the server refused this operator token.",
      );
      return;
    }
    if (box) box.hidden = true;
    const body = await answer.json().catch(() => ({}));
    say(answer.ok ? "It is asked for: it begins within seconds." : `Not begun: ${body.detail ?? body.title}`);
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[data-run]") : null;
    if (!(button instanceof HTMLButtonElement)) return;
    button.disabled = true;
    void run(button.dataset.run ?? "").finally(() => (button.disabled = false));
  });
  document.addEventListener("submit", (event) => {
    if (!(event.target instanceof HTMLFormElement) || event.target.id !== "operator") return;
    event.preventDefault();
    const field = event.target.querySelector("input");
    if (field === null) return;
    keepToken(field.value);
    field.value = "";
    void run(wanted);
  });
}
