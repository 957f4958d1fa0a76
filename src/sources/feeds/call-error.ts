/** Why a call failed, and whether asking again makes sense. */
import type { FeedErrorKind } from "../../core/feed-status.ts";

/** What may be better a moment later. The rest says the same again: a refused key, another media type. */
const PASSING: ReadonlySet<FeedErrorKind> = new Set(["timeout", "network", "half", "decode", "rate"]);

export class CallError extends Error {
  override name = "CallError";
  readonly kind: FeedErrorKind;
  /** It may be better a moment later. */
  readonly passing: boolean;
  /** The upstream asks for so long a wait, ms; null where it says nothing. */
  readonly retry_after_ms: number | null;

  constructor(
    kind: FeedErrorKind,
    message: string,
    {
      passing = PASSING.has(kind),
      retry_after_ms = null,
    }: { passing?: boolean; retry_after_ms?: number | null } = {},
  ) {
    super(message);
    this.kind = kind;
    this.passing = passing;
    this.retry_after_ms = retry_after_ms;
  }
}
