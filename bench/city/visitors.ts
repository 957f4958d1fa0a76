/** Somebody who opens every page and every list in turn, and how long each answer took. */
import { percentiles } from "./percentiles.ts";

export const REFERENCE = "/healthz";
const BETWEEN_MS = 20;
/** Answers that have no end, or are written in one piece of any size. */
const LEFT_OUT = /^\/(live|api\/live|ws)|\{/;

interface Document {
  paths: Record<string, { get?: { parameters?: readonly { in: string; required?: boolean }[] } }>;
}

/** Every address of the API that needs no parameter, the pages, and some of one key. */
export async function addressesOf(url: string, keyed: readonly string[]): Promise<string[]> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const lists = Object.entries(document.paths).flatMap(([path, { get }]) =>
    get === undefined || LEFT_OUT.test(path) || get.parameters?.some((p) => p.required === true) === true
      ? []
      : [path],
  );
  const page = await (await fetch(`${url}/`)).text();
  const pages = [...page.matchAll(/<a href="(\/[a-z]*)"/g)].map(([, path]) => path!);
  return [...new Set([REFERENCE, ...pages, ...lists, ...keyed])];
}

export interface Visits {
  /** A line per address: times, answers, and what was not 200. */
  lines(): string[];
  stop(): Promise<void>;
}

export function startVisits(url: string, addresses: readonly string[]): Visits {
  const times = new Map<string, number[]>(addresses.map((address) => [address, []]));
  const odd = new Map<string, string>();
  let running = true;
  const visiting = (async () => {
    while (running) {
      for (const address of addresses) {
        if (!running) return;
        const began = performance.now();
        try {
          const answer = await fetch(url + address, { headers: { "accept-encoding": "gzip" } });
          await answer.arrayBuffer();
          times.get(address)!.push(performance.now() - began);
          if (answer.status !== 200) odd.set(address, `answered ${answer.status}`);
        } catch (error) {
          odd.set(address, String(error));
        }
        await Bun.sleep(BETWEEN_MS);
      }
    }
  })();
  return {
    lines: () =>
      addresses.map((address) => {
        const taken = times.get(address)!;
        const fault = odd.get(address);
        return `  ${address.padEnd(44)} ${percentiles(taken)}, ${taken.length} times${fault === undefined ? "" : ` — ${fault}`}`;
      }),
    async stop() {
      running = false;
      await visiting;
    },
  };
}
