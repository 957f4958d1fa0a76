/** What a stretch of work costs this process and one of the server's: CPU, the loop's lag, memory. */
import { readFileSync } from "node:fs";

export interface Stretch {
  seconds: number;
  /** CPU of this process, s. */
  cpu_s: number;
  /** CPU of the processes named, s. */
  others_s: number;
  lag_p99_ms: number;
  lag_max_ms: number;
  rss_min_mb: number;
  rss_max_mb: number;
}

const TICK_MS = 5;
/** Of the kernel's clock: USER_HZ. */
const TICKS_PER_S = 100;

/** CPU that a process and its children of now have used, s. Linux only; elsewhere 0. */
export function cpuOf(pid: number): number {
  let sum = 0;
  for (const one of [pid, ...childrenOf(pid)]) {
    try {
      const stat = readFileSync(`/proc/${one}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // With those that have ended already.
      for (const at of [11, 12, 13, 14]) sum += Number(fields[at]);
    } catch {
      // It has ended in between.
    }
  }
  return sum / TICKS_PER_S;
}

function childrenOf(pid: number): number[] {
  try {
    const direct = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return direct === "" ? [] : direct.split(" ").map(Number);
  } catch {
    return [];
  }
}

/** Starts measuring; the function answered ends it. */
export function meter(pids: readonly number[] = []): () => Stretch {
  const lags: number[] = [];
  const rss: number[] = [];
  let before = performance.now();
  const lag = setInterval(() => {
    const now = performance.now();
    lags.push(now - before - TICK_MS);
    before = now;
  }, TICK_MS);
  const memory = setInterval(() => rss.push(process.memoryUsage.rss() / 1e6), 1_000);
  const others = (): number => pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
  const others_before = others();
  const cpu = process.cpuUsage();
  const began = performance.now();
  return () => {
    clearInterval(lag);
    clearInterval(memory);
    const used = process.cpuUsage(cpu);
    rss.push(process.memoryUsage.rss() / 1e6);
    lags.sort((a, b) => a - b);
    return {
      seconds: (performance.now() - began) / 1_000,
      cpu_s: (used.user + used.system) / 1e6,
      others_s: others() - others_before,
      lag_p99_ms: lags[Math.floor(lags.length * 0.99)] ?? 0,
      lag_max_ms: lags.at(-1) ?? 0,
      rss_min_mb: Math.min(...rss),
      rss_max_mb: Math.max(...rss),
    };
  };
}
