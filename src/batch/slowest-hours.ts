/** The slowest hours of a span over all roads, as a sentence. */
import type { Stream } from "../core/stream.ts";
import type { BatchStore } from "../history/rollups/batch-store.ts";

const TOLD = 3;

/** @returns Null for a stream without mean speeds by the hour, or a span without events. */
export async function slowestHours(
  batch: Pick<BatchStore, "grouped">,
  stream: Stream,
  from_ms: number,
  to_ms: number,
): Promise<string | null> {
  const rollup = stream.rollups.find(({ name }) => name === "city_hours");
  const speed = stream.fields["current_speed"];
  if (rollup === undefined || speed?.kind !== "number") return null;
  const { groups } = await batch.grouped(stream, rollup, { from_ms, to_ms, group: ["hour"] });
  const scale = 10 ** (speed.decimals ?? 0);
  const slowest = groups
    .map(({ hour, kept }) => ({
      hour: hour!,
      mean: (kept["current_speed_sum"] as number) / (kept["n"] as number) / scale,
    }))
    .sort((a, b) => a.mean - b.mean)
    .slice(0, TOLD);
  if (slowest.length === 0) return null;
  const told = slowest.map(
    ({ hour, mean }) => `${String(hour).padStart(2, "0")}:00 (${mean.toFixed(1)} km/h)`,
  );
  return `slowest on the day before: ${told.join(", ")}`;
}
