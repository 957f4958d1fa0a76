/** The laws can fail: each planted fault makes one of them do so. */
import { describe, expect, test } from "bun:test";
import type { Stream } from "../core/stream.ts";
import { historyLaws } from "./conformance.ts";
import { postgresBed } from "./postgres-bed.fixture.ts";
import { appendStatements, type AppendStatements } from "./statements.ts";

/** Both ways' statements with a part of the SQL replaced; it must be there. */
const planted =
  (from: string | RegExp, to: string) =>
  (stream: Stream): AppendStatements => {
    const made = appendStatements(stream);
    const [appendStaged, appendDirect] = [made.appendStaged, made.appendDirect].map((sql) =>
      sql.replace(from, to),
    ) as [string, string];
    if (appendStaged === made.appendStaged) throw new Error(`There is no ${String(from)} to be replaced`);
    return { ...made, appendStaged, appendDirect };
  };

const faults: readonly {
  fault: string;
  law: string;
  direct?: false;
  statementsOf: (stream: Stream) => AppendStatements;
}[] = [
  {
    fault: "no compare-and-set",
    law: "a batch is stored once, however often it is appended",
    statementsOf: planted("and o.next_offset = part.expected_offset", ""),
  },
  {
    fault: "no compare-and-set, under a race",
    law: "two instances that race through the same log store everything once",
    statementsOf: planted("and o.next_offset = part.expected_offset", ""),
  },
  {
    fault: "a window is what came last, not a sum",
    law: "the order of arrival changes no window",
    statementsOf: planted(
      /do update set n = .*?(?=\),\n)/s,
      "do update set n = excluded.n, current_speed_sum = excluded.current_speed_sum",
    ),
  },
  {
    fault: "windows count what came, not what was inserted",
    direct: false,
    law: "repeats within a batch and of earlier batches are counted as duplicates, and the first stored wins",
    statementsOf: planted(/from inserted group by 1, 2/, "from staged_traffic_data group by 1, 2"),
  },
  {
    fault: "the ledger counts what came before it is inserted",
    law: "repeats within a batch and of earlier batches are counted as duplicates, and the first stored wins",
    statementsOf: planted(
      "stored = o.stored + coalesce(stored.n, 0)",
      "stored = o.stored + coalesce(came.n, 0)",
    ),
  },
  {
    fault: "the last write wins in raw rows",
    direct: false,
    law: "repeats within a batch and of earlier batches are counted as duplicates, and the first stored wins",
    statementsOf: planted(
      "on conflict do nothing\n  returning",
      "on conflict (road_id, event_time, event_id) do update set current_speed = excluded.current_speed\n  returning",
    ),
  },
  {
    fault: "lateness against the batch's own start only",
    direct: false,
    law: "the watermark is the greatest event time stored, and what comes late is counted alike in any batching",
    statementsOf: planted("l.o is not null", "false"),
  },
  {
    fault: "the other stream's row is moved as well",
    law: "two streams do not see each other",
    statementsOf: planted(
      "where o.stream = 'traffic' and o.partition = part.partition",
      "where o.partition = part.partition",
    ),
  },
];

describe("planted faults", () => {
  for (const { fault, law, statementsOf, direct = true } of faults) {
    test(`${fault}: caught`, async () => {
      const lawful = historyLaws.find(({ name }) => name === law)!;
      const only = (stream: Stream): AppendStatements =>
        stream.name === "traffic" ? statementsOf(stream) : appendStatements(stream);
      const bed = await postgresBed({ statementsOf: only, direct });
      try {
        const caught = await lawful.holds(bed).then(
          () => null,
          (error: unknown) => error,
        );
        expect(caught).toBeInstanceOf(Error);
      } finally {
        await bed.drop();
      }
    }, 30_000);
  }
});
