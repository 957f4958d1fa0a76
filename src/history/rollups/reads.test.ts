/** Groups as they are made of rows. */
import { expect, test } from "bun:test";
import { rollupColumns } from "../../core/rollup.ts";
import { traffic } from "../../streams/traffic.ts";
import { groupsOf } from "./reads.ts";

test("other work gets its turn between the groups of a great answer", async () => {
  const columns = rollupColumns(traffic.windows!, traffic.rollups[0]!);
  const rows = Array.from({ length: 5_000 }, (_, i) => ({
    g_key: `road-${i}`,
    n: i,
    current_speed_bins: "{1,2,0}",
  }));
  let turns = 0;
  let going = true;
  const turn = (): void => {
    turns += 1;
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  const groups = await groupsOf(["key"], columns, rows);
  going = false;
  expect(turns).toBeGreaterThanOrEqual(4);
  expect(groups.length).toBe(5_000);
  expect(groups[4_999]).toMatchObject({
    key: "road-4999",
    kept: { n: 4_999, current_speed_bins: [1, 2, 0] },
  });
});
