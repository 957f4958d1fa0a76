/** Loaded before a measured process: SIGUSR2 makes it collect its garbage and say what is left, as `heap <MB> <types>`. */
import { heapStats } from "bun:jsc";

process.on("SIGUSR2", () => {
  Bun.gc(true);
  const { heapSize, extraMemorySize, objectTypeCounts } = heapStats();
  const types = Object.entries(objectTypeCounts)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 8)
    .map(([type, n]) => `${type}=${n}`);
  process.stderr.write(
    `heap ${Math.round(heapSize / 1e6)} MB (${Math.round(extraMemorySize / 1e6)} MB beside it): ${types.join(" ")}\n`,
  );
});
