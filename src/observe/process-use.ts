/** What this process takes of the machine. The client library's own defaults tell of another runtime's heap. */

export interface ProcessUse {
  resident_bytes: number;
  cpu_s: number;
  /** Unix seconds. */
  started_s: number;
}

export function processUse(): ProcessUse {
  const { user, system } = process.cpuUsage();
  return {
    resident_bytes: process.memoryUsage().rss,
    cpu_s: (user + system) / 1e6,
    started_s: STARTED_S,
  };
}

const STARTED_S = Math.round(performance.timeOrigin / 1_000);
