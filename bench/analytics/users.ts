/** Users who ask one thing after the other, in a process of their own so that the server's time is its own. */
import { percentiles } from "../city/percentiles.ts";

interface Asking {
  url: string;
  /** Taken in turn by whoever asks next. */
  paths: readonly string[];
  users: number;
  seconds: number;
}

/** @returns Times in words, and answers per second. */
export async function askAll(asking: Asking): Promise<string> {
  const child = Bun.spawn([process.execPath, import.meta.path], {
    stdin: new TextEncoder().encode(JSON.stringify(asking)),
    stdout: "pipe",
    stderr: "inherit",
  });
  const said = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("the users failed");
  return said;
}

if (import.meta.main) {
  const { url, paths, users, seconds } = (await Bun.stdin.json()) as Asking;
  const took: number[] = [];
  let [next, bytes] = [0, 0];
  const ask = async (until: number): Promise<void> => {
    while (performance.now() < until) {
      const began = performance.now();
      const response = await fetch(url + paths[next++ % paths.length]!, {
        headers: { "accept-encoding": "gzip" },
        decompress: false,
      } as RequestInit);
      bytes += (await response.arrayBuffer()).byteLength;
      if (response.status !== 200) throw new Error(`${response.status} from ${response.url}`);
      took.push(performance.now() - began);
    }
  };
  // The first answers warm both up.
  const all = (ms: number) => Promise.all(Array.from({ length: users }, () => ask(performance.now() + ms)));
  await all(500);
  took.length = 0;
  bytes = 0;
  await all(seconds * 1_000);
  process.stdout.write(
    `${percentiles(took)}, ${Math.round(took.length / seconds).toLocaleString("en-US")}/s, ${(bytes / took.length / 1_000).toFixed(1)} KB`,
  );
}
