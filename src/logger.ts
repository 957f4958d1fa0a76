/** The process's own log: lines of JSON on standard error, for people and collectors. Not the log of events. */
import pino from "pino";

export type Logger = pino.Logger;

/** No secret is ever a field of a line: what is logged is chosen field by field. */
export const createLogger = (level: string): Logger =>
  pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
