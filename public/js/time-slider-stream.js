/**
 * While the page shows the past, or a difference, the server's regions of now are kept aside: they come back as they are by then.
 */

const PARTIAL = /<hx-partial hx-target="(#[\w-]+)"[^>]*>([^]*?)<\/hx-partial>/g;

/** @param {(target: string) => boolean} isOurs whether a region, by its selector, is filled here for now */
export function keepAside(isOurs) {
  /** @type {Map<string, string>} */
  const aside = new Map();
  document.addEventListener("htmx:sse:before:message", (event) => {
    const { message } = /** @type {CustomEvent} */ (event).detail;
    if (message.event) return;
    message.data = message.data.replace(
      PARTIAL,
      (/** @type {string} */ partial, /** @type {string} */ target, /** @type {string} */ content) => {
        if (!isOurs(target)) return partial;
        aside.set(target, content);
        return "";
      },
    );
  });
  return {
    /** What a region shows before it is filled here. @param {string} target */
    take(target) {
      if (!aside.has(target)) aside.set(target, document.querySelector(target)?.innerHTML ?? "");
    },
    /** Puts a region back as the server wrote it last. @param {string} target */
    giveBack(target) {
      const content = aside.get(target);
      const region = document.querySelector(target);
      if (content !== undefined && region) region.innerHTML = content;
      aside.delete(target);
    },
  };
}
