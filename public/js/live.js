/**
 * The page's one stream, and the truth about it. hx-sse retries a stream that was open once; this adds what it lacks: the first
 * connect that failed, a stream that is open but silent, a cursor that the server no longer understands, and words for people.
 */
import { clockTime, serverNow, setServerTime } from "./clock.js";
import { titleLost } from "./title.js";

/** A connection that says nothing for so long is dead, though it may look alive: two heartbeats and a bit. */
const SILENT_MS = 35_000;
/** Trouble shorter than this is nobody's business: a banner that flickers is worse than none. */
const BANNER_AFTER_MS = 4_000;
const RETRY_MS_MAX = 15_000;
/** After so long out of sight the newest state is asked for anew. */
const HIDDEN_MS = 60_000;

/** Resyncs come one per topic, and are answered by one question. */
const RESYNC_WITHIN_MS = 60;

/**
 * @typedef {object} Handlers
 * @property {Record<string, (rows: any[]) => void>} [rows] by topic: its rows
 * @property {Record<string, (keys: string[]) => void>} [gone] by topic: keys whose time is over
 * @property {() => void | Promise<void>} [resync] the state must be asked for anew
 * @property {readonly string[]} [topics] instead of those that the page was rendered with
 */

/**
 * @typedef {object} Live
 * @property {(topics: readonly string[]) => void} follow other topics from now on; `resync` is called once they are followed
 */

/** @type {"connecting" | "live" | "reconnecting" | "offline"} */
let state = "connecting";
let heard_ms = performance.now();
let trouble_ms = 0;
let attempt = 0;
let since_ms = 0;
let last_id = "";
let url = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let retry;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let resyncing;
/** The page's state is of other topics than the stream's: it is asked for when the stream is there. */
let begun_anew = false;

const $ = (/** @type {string} */ id) => document.getElementById(id);

/** @param {Handlers} handlers @returns {Live} */
export function startLive(handlers) {
  const bus = $("bus");
  if (!bus) return { follow() {} };
  url = bus.dataset.connect ?? "";
  last_id = bus.dataset.cursor ?? "";
  begun_anew = last_id === "";
  if (handlers.topics) turnTo(handlers.topics);

  const resync = () => {
    clearTimeout(resyncing);
    resyncing = setTimeout(() => void handlers.resync?.(), RESYNC_WITHIN_MS);
  };

  const heard = (/** @type {Event} */ event) => {
    heard_ms = performance.now();
    const id =
      /** @type {CustomEvent} */ (event).detail?.message?.id ?? /** @type {CustomEvent} */ (event).detail?.id;
    if (id) last_id = id;
    if (state !== "live") set("live");
  };
  const named = (/** @type {string} */ name, /** @type {(data: any) => void} */ then) =>
    document.addEventListener(name, (event) => {
      const { data } = /** @type {CustomEvent} */ (event).detail ?? {};
      if (typeof data !== "string") return;
      try {
        then(JSON.parse(data));
      } catch (error) {
        reportError(new Error(`Cannot read the event ${name}`, { cause: error }));
      }
    });

  document.addEventListener("htmx:sse:before:message", heard);
  named("hello", (data) => {
    setServerTime(Date.parse(data.server_time));
    if (begun_anew) resync();
    begun_anew = false;
  });
  named("hb", (data) => setServerTime(Date.parse(data.server_time)));
  for (const [topic, then] of Object.entries(handlers.rows ?? {}))
    named(topic, (data) => then(data.rows ?? []));
  named("gone", (data) => handlers.gone?.[data.stream]?.(data.keys ?? []));
  named("resync", resync);

  // hx-sse says this before each try, and before the first: then nothing was lost yet.
  document.addEventListener("htmx:sse:before:connection", (event) => {
    const tries = /** @type {CustomEvent} */ (event).detail?.connection?.attempt ?? 0;
    if (tries > 0) lost(tries);
  });
  document.addEventListener("htmx:sse:error", (event) => {
    const { status } = /** @type {CustomEvent} */ (event).detail ?? {};
    lost(attempt + 1);
    // The server does not know our place in its log any more: begin anew.
    if (status === 400) {
      last_id = "";
      resync();
      later(500);
    }
  });
  for (const name of ["htmx:error", "htmx:response:error"]) {
    document.addEventListener(name, (event) => {
      const { ctx } = /** @type {CustomEvent} */ (event).detail ?? {};
      if (ctx?.sourceElement?.id !== "bus") return;
      if (ctx?.response?.status === 400) last_id = "";
      lost(attempt + 1);
      later(backoff());
    });
  }

  addEventListener("online", () => connect());
  addEventListener("offline", () => set("offline"));
  addEventListener("pageshow", (event) => event.persisted && connect());
  $("banner-retry")?.addEventListener("click", () => connect());

  let hidden_ms = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hidden_ms = performance.now();
    else if (hidden_ms > 0 && performance.now() - hidden_ms > HIDDEN_MS) resync();
  });

  setInterval(watch, 1000);
  connect();
  return {
    follow(topics) {
      if (turnTo(topics)) connect();
    },
  };
}

/** A cursor of other topics says nothing about these: the stream begins anew. @returns {boolean} whether they are others */
function turnTo(/** @type {readonly string[]} */ topics) {
  const next = url.replace(/([?&]topics=)[^&]*/, `$1${topics.join(",")}`);
  if (next === url) return false;
  url = next;
  last_id = "";
  begun_anew = true;
  return true;
}

/** A fresh element: whatever the old one waited for is dropped with it, and its stream is closed. */
function connect() {
  clearTimeout(retry);
  const old = $("bus");
  if (!old) return;
  const bus = /** @type {HTMLElement} */ (old.cloneNode(false));
  bus.setAttribute("hx-sse:connect", url);
  bus.setAttribute("hx-headers", last_id === "" ? "{}" : JSON.stringify({ "Last-Event-ID": last_id }));
  heard_ms = performance.now();
  void globalThis.htmx.swap({
    sourceElement: document.body,
    target: old,
    swap: "outerHTML",
    text: bus.outerHTML,
  });
}

const later = (/** @type {number} */ ms) => {
  clearTimeout(retry);
  retry = setTimeout(connect, ms);
};

/** Full jitter: when a server comes back, not all its readers come in the same moment. */
const backoff = () => Math.random() * Math.min(RETRY_MS_MAX, 500 * 2 ** Math.min(attempt, 6)) + 300;

function lost(/** @type {number} */ tries) {
  attempt = tries;
  if (state !== "offline") set(navigator.onLine ? "reconnecting" : "offline");
}

function watch() {
  const silent_ms = performance.now() - heard_ms;
  if (state === "live" && silent_ms > SILENT_MS) {
    lost(1);
    connect();
  } else if (state === "reconnecting" && silent_ms > SILENT_MS) {
    connect();
  }
  banner();
}

function set(/** @type {typeof state} */ next) {
  if (next === state && next !== "reconnecting") return;
  const was = state;
  state = next;
  if (next === "live") {
    attempt = 0;
    clearTimeout(retry);
    if (was !== "connecting" && banner_shown) said_back_until = performance.now() + 4_000;
    trouble_ms = 0;
  } else if (trouble_ms === 0) {
    trouble_ms = performance.now();
    since_ms = serverNow();
  }
  const connection = $("connection");
  const word = $("connection-word");
  if (connection) connection.dataset.state = next;
  if (word) word.textContent = next === "reconnecting" && attempt > 1 ? `reconnecting, try ${attempt}` : next;
  const disconnected = next === "reconnecting" || next === "offline";
  document.documentElement.classList.toggle("disconnected", disconnected);
  titleLost(disconnected);
  banner();
}

let banner_shown = false;
let said_back_until = 0;

function banner() {
  const element = $("banner");
  const text = $("banner-text");
  const button = $("banner-retry");
  if (!element || !text || !button) return;
  const trouble = trouble_ms > 0 && performance.now() - trouble_ms > BANNER_AFTER_MS;
  const back = !trouble && performance.now() < said_back_until;
  banner_shown = trouble;
  if (trouble) {
    const words = state === "offline" ? "This machine is offline" : "The connection to the server is lost";
    const next = `${words}. What you see is from ${clockTime(since_ms)}.`;
    if (text.textContent !== next) text.textContent = next;
  } else if (back) text.textContent = "Connected again, and caught up.";
  element.hidden = !(trouble || back);
  element.classList.toggle("good", back);
  button.hidden = !trouble;
}
