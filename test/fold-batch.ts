/** Batch views without a database: every window is folded when somebody asks. What PostgreSQL's merged answers are held against. */
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { columnsOf, type KeptWindow } from "../src/core/window.ts";
import { localTime, zoneOffset } from "../src/core/time.ts";
import { foldRollup, rollupColumns, slotFrom, type RollupRow } from "../src/core/rollup.ts";
import type { BatchStore, Group, GroupBy } from "../src/history/rollups/batch-store.ts";
import type { HistoryStore, RowPlace } from "../src/history/history-store.ts";

type Folding = Pick<BatchStore, "grouped" | "frontiers">;

export const foldBatch = (history: Pick<HistoryStore, "windows">, zone: string): Folding => ({
  frontiers: async () => ({}),
  async grouped(stream, rollup, query) {
    const [from_ms, to_ms] = [
      slotFrom(query.from_ms, rollup.step, zone),
      slotFrom(query.to_ms, rollup.step, zone),
    ];
    const windows = await allWindows(history, stream, from_ms, to_ms);
    const columns = rollupColumns(stream.windows!, rollup).filter(
      (c) =>
        columnsOf(stream.windows!).some(({ column }) => column === c.column) ||
        c.column === "windows_n" ||
        query.measures?.includes(c.column) === true,
    );
    const groups = new Map<string, Group>();
    const wanted = windows.filter(({ key }) => query.keys?.includes(key) !== false);
    for (const row of foldRollup(stream.windows!, rollup, zone, wanted)) {
      const { weekday, hour } = localTime(row.start_ms, zone);
      const day = new Date(row.start_ms + zoneOffset(row.start_ms, zone)).toISOString().slice(0, 10);
      if (query.weekdays?.includes(weekday) === false || query.without_days?.includes(day) === true) continue;
      const heads: Partial<Group> = Object.fromEntries(
        query.group.map((by) => headOf(by, row, { day, weekday, hour })),
      );
      const id = JSON.stringify(heads);
      let group = groups.get(id);
      if (group === undefined) groups.set(id, (group = { ...heads, kept: {} }));
      for (const { column, merge } of columns)
        group.kept[column] = merge(group.kept[column] ?? null, row.kept[column] ?? null);
    }
    return { groups: [...groups.values()], from_ms, to_ms, frontier_ms: null, merged: true };
  },
});

async function allWindows(
  history: Pick<HistoryStore, "windows">,
  stream: Stream,
  from_ms: number,
  to_ms: number,
): Promise<KeptWindow[]> {
  const found: KeptWindow[] = [];
  const limit = limits.range_rows_max;
  for (let after: RowPlace | undefined; ;) {
    const page = await history.windows(stream, {
      from_ms,
      to_ms,
      limit,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return found;
    after = { time_ms: last.window_start_ms, key: last.key, event_id: "" };
  }
}

function headOf(
  by: GroupBy,
  { key, start_ms, split }: RollupRow,
  local: { day: string; weekday: number; hour: number },
): [string, string | number | boolean | null] {
  switch (by) {
    case "key":
      return ["key", key];
    case "start":
      return ["start_ms", start_ms];
    case "split":
      return ["split", split];
    default:
      return [by, local[by]];
  }
}
