import { expect, test } from "bun:test";
import { ProducerSessions } from "./producer.ts";

const sessions = (producer_epoch = 0) => {
  let asked = 0;
  return {
    asked: () => asked,
    all: new ProducerSessions(() => Promise.resolve({ producer_id: ++asked, producer_epoch })),
  };
};

test("numbers follow each other within a partition, and begin anew in the next epoch of the same producer", async () => {
  const { all, asked } = sessions();
  const first = await all.session();
  expect([first.take("a", 10), first.take("a", 5), first.take("b", 1), first.take("a", 1)]).toEqual([
    0, 10, 0, 15,
  ]);
  all.end(first);
  const next = await all.session();
  expect(next).toMatchObject({ producer_id: 1, producer_epoch: 1 });
  expect(next.take("a", 1)).toBe(0);
  expect(asked()).toBe(1);
});

test("a session that two have seen fail ends once", async () => {
  const { all } = sessions();
  const first = await all.session();
  all.end(first);
  const next = await all.session();
  all.end(first);
  expect(await all.session()).toBe(next);
});

test("after the last epoch there is a new producer", async () => {
  const { all } = sessions(32_767);
  all.end(await all.session());
  expect((await all.session()).producer_id).toBe(2);
});

test("who is refused an id asks again", async () => {
  let tries = 0;
  const all = new ProducerSessions(() =>
    ++tries === 1
      ? Promise.reject(new Error("away"))
      : Promise.resolve({ producer_id: 7, producer_epoch: 0 }),
  );
  expect(String(await all.session().catch((error: unknown) => error))).toContain("away");
  expect((await all.session()).producer_id).toBe(7);
});

test("numbers go round where Kafka's do", async () => {
  const session = await sessions().all.session();
  session.take("a", 2 ** 31 - 1);
  expect([session.take("a", 3), session.take("a", 1)]).toEqual([2 ** 31 - 1, 2]);
});
