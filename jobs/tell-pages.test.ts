import { expect, test } from "bun:test";
import { systemClock } from "../src/core/time.ts";
import { city } from "../test/api-fixture.ts";
import type { NoteDeps } from "../views/page.ts";
import { tellPages } from "./tell-pages.ts";

/** No note of these tests asks for anything. */
const deps: NoteDeps = {
  serving: new Proxy({} as NoteDeps["serving"], {
    get() {
      throw new Error("asked by a note of the test");
    },
  }),
  streams: [],
  city,
  clock: systemClock,
};

/** Remembers what it is told; so many look at each page. */
const hubOf = (readers: number) => {
  const notes: string[] = [];
  return {
    notes,
    readers: () => readers,
    note: (group: string, html: string) => void notes.push(`${group}: ${html}`),
  };
};

test("a page whose note fails does not silence the others, and the failure is told to whoever runs the job", async () => {
  const hub = hubOf(1);
  const service = tellPages({
    ...deps,
    hub,
    notes: [
      { group: "broken", render: () => Promise.reject(new Error("away")) },
      { group: "whole", render: async () => "<p>here</p>" },
    ],
  });
  const run = service.run(new AbortController().signal);
  expect(await run.catch(String)).toBe("Error: away");
  expect(hub.notes).toEqual(["whole: <p>here</p>"]);
});

test("while nobody looks nothing is rendered", async () => {
  const hub = hubOf(0);
  const stop = new AbortController();
  let rendered = 0;
  const service = tellPages({
    ...deps,
    hub,
    every_ms: 1,
    notes: [{ group: "map", render: async () => String(rendered++) }],
  });
  const running = service.run(stop.signal);
  await Bun.sleep(10);
  stop.abort();
  await running;
  expect([rendered, hub.notes]).toEqual([0, []]);
});
