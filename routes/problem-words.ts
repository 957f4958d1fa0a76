/** What each problem means, and what to do: the text of its page. */
import type { ProblemName } from "../src/core/errors.ts";

export const problemWords: Readonly<Record<ProblemName, { means: string; do: string }>> = {
  "invalid-parameter": {
    means: "A parameter of the query or the path breaks its rule, or the address does not know it.",
    do: "Look at errors: each names the parameter, the value that came, and the rule. The rules stand in /openapi.json.",
  },
  malformed: {
    means: "The body is not what its content type says: the JSON breaks off, or is no JSON.",
    do: "Check quotes and commas, and that the body was sent whole and in UTF-8.",
  },
  "invalid-body": {
    means: "The body could be read, but breaks its schema.",
    do: "Look at errors or rejects: each has a JSON pointer to the value, the value, and the rule. When events are sent, good ones are taken even if others are refused; this answer means that none was taken.",
  },
  "not-found": {
    means: "Nothing is at this address: the road, stream or page is not known here.",
    do: "Lists such as /api/roads and /api/streams say what there is. A key that was never seen is not found; one that fell silent is, with stale: true.",
  },
  "method-not-allowed": {
    means: "The address is there, but does not take this method.",
    do: "The header Allow says which methods it takes.",
  },
  "too-large": {
    means: "The request is larger than its limit.",
    do: "Send it in smaller pieces; the limits stand in the description of the address.",
  },
  "unsupported-media-type": {
    means: "The content type of the body is not one that this address reads.",
    do: "Send application/json, or application/x-ndjson where events are sent.",
  },
  conflict: {
    means: "The state of the thing does not allow this now.",
    do: "Read it again and decide anew.",
  },
  forbidden: {
    means:
      "Host, Origin or token do not allow this. What changes something is taken only from this server's own pages and names.",
    do: "Use the address that the server was started with; other names are added with ALLOWED_HOSTS.",
  },
  unauthorized: {
    means: "This address wants a token.",
    do: "Send Authorization: Bearer with the value of ADMIN_TOKEN.",
  },
  "rate-limited": { means: "Too many requests came from you.", do: "Wait for Retry-After seconds." },
  unavailable: {
    means:
      "A part of the platform is away, or not ready yet. Nothing is lost: what was accepted is in the log.",
    do: "Try again after Retry-After seconds. /readyz says what is waited for.",
  },
  internal: {
    means: "The server made a mistake.",
    do: "Report it with the request_id: the same id stands in the server's log, with the cause.",
  },
};
