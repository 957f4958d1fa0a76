/** The Streams page goes on while the log is away: with the ends that were told last, and it says so. */
import { expect, test } from "bun:test";
import { LogUnavailableError } from "../core/errors.ts";
import type { PartitionEnds } from "../log/log.ts";
import { LogEnds } from "./log-ends.ts";

const end = (end_offset: number): PartitionEnds[] => [
  { topic: "t", partition: 0, start_offset: 0, end_offset },
];

test("ends are as the log says; while it is away or hangs they are the last, nobody waits twice, and it is asked once at a time", async () => {
  let answer: () => Promise<readonly PartitionEnds[]> = async () => end(1);
  let asked = 0;
  const ends = new LogEnds({ ends: () => (asked++, answer()) }, ["t"]);
  expect(await ends.get()).toEqual({ ends: end(1), away: false });
  answer = async () => {
    throw new LogUnavailableError("away");
  };
  expect(await ends.get()).toEqual({ ends: end(1), away: true });
  const hung = Promise.withResolvers<readonly PartitionEnds[]>();
  answer = () => hung.promise;
  asked = 0;
  for (let n = 0; n < 5; n++) expect(await ends.get()).toEqual({ ends: end(1), away: true });
  expect(asked).toBe(1);
  hung.resolve(end(2));
  await hung.promise;
  await new Promise((done) => setImmediate(done));
  answer = async () => end(3);
  expect(await ends.get()).toEqual({ ends: end(3), away: false });
});

test("a log that has never answered has no ends; what is no absence is thrown", async () => {
  const away = new LogEnds({ ends: () => Promise.reject(new LogUnavailableError("away")) }, ["t"]);
  expect(await away.get()).toEqual({ ends: [], away: true });
  const broken = new LogEnds({ ends: () => Promise.reject(new TypeError("a fault")) }, ["t"]);
  expect(await broken.get().catch(String)).toBe("TypeError: a fault");
});
