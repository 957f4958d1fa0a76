/** The worker of models may end at any moment: the next one knows what it knew. */
import { afterEach, expect, test } from "bun:test";
import { noMargins } from "../distribution.ts";
import type { RoadNetwork } from "../model.ts";
import { ModelError, openModelHost, type ModelHost } from "./model-host.ts";

const module = new URL("./doomed-models.fixture.ts", import.meta.url);
const network: RoadNetwork = { roads: [], edges: [], zone: "UTC", holidays: [] };
const recent = { at_ms: 0, speeds: new Float32Array(0) };
const GOOD = Uint8Array.of(1);
const DEADLY = Uint8Array.of(0);

let host: ModelHost;
afterEach(() => host.close());

/** What the worker was told, by its own words. */
const told = async (): Promise<string> =>
  host.forecast("champion", recent, [0]).then(
    () => "",
    (error: unknown) => (error as Error).message,
  );

const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "nothing was refused",
    (error: unknown) => String(error),
  );

test("a worker that ends in the middle of a forecast fails that one alone; the next has the network and the models again", async () => {
  host = openModelHost(module);
  await host.network(network);
  await host.load("champion", GOOD, noMargins);
  await host.load("challenger", GOOD, noMargins);
  expect(await told()).toBe("Told: network load load");
  const dying = host.forecast("champion", recent, [-1]);
  const after = told();
  const refused = refusal(dying);
  expect(await after).toBe("Told: network load load");
  expect(await refused).toMatch(/ModelError/);
});

test("a model that kills its worker is told to no other one: what was there before goes on", async () => {
  host = openModelHost(module);
  await host.network(network);
  await host.load("champion", GOOD, noMargins);
  expect(await refusal(host.load("champion", DEADLY, noMargins))).toMatch(/ModelError/);
  expect(await told()).toBe("Told: network load");
});

test("a worker that ends while nobody asks is begun anew with all that it knew", async () => {
  host = openModelHost(module);
  await host.network(network);
  await host.load("champion", GOOD, noMargins);
  await host.drop("challenger");
  let said = "";
  do {
    // Asked all the time it would end in the middle of something.
    await Bun.sleep(50);
    said = await told();
  } while (said === "Told: network load drop");
  expect(said).toBe("Told: network load");
});

test("closed, it answers nobody any more, and leaves nobody waiting", async () => {
  host = openModelHost(module);
  await host.network(network);
  const waiting = Promise.allSettled([1, 2, 3].map(() => host.load("champion", GOOD, noMargins)));
  host.close();
  for (const one of await waiting)
    if (one.status === "rejected") expect(one.reason).toBeInstanceOf(ModelError);
  expect(await refusal(host.network(network))).toMatch(/closed/);
});
