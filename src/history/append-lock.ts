/**
 * One lock per stream that every append shares, until its transaction ends, and that whoever must know of all appends holds alone. The rows
 * of `offsets` would not do: that of a partition's very first batch is not seen before it is stored.
 */
import type { Stream } from "../core/stream.ts";
import { literal } from "./sql-text.ts";

const place = ({ name }: Pick<Stream, "name">): string =>
  `hashtextextended(${literal(`arterial appends ${name}`)}, 0)`;

/** Waits for who stops appends, as long as `lock_timeout` allows. */
export const shareAppendsSql = (stream: Pick<Stream, "name">): string =>
  `select pg_advisory_xact_lock_shared(${place(stream)})`;

/** Once it is given, all that was appended is seen by the next statement, and nothing is until the transaction ends. */
export const stopAppendsSql = (stream: Pick<Stream, "name">): string =>
  `select pg_advisory_xact_lock(${place(stream)})`;
