/** A task that does as it is told. */
import { serve } from "./serve.ts";

interface Told {
  sum?: number;
  fail?: string;
  exit?: boolean;
  hang?: boolean;
}

serve(async (input, ask) => {
  const { sum = 0, fail, exit, hang } = input as Told;
  if (exit === true) process.exit(3);
  if (fail !== undefined) throw Object.assign(new Error("as asked"), { name: fail });
  if (hang === true) {
    await ask("begun");
    await new Promise(() => {});
  }
  let total = 0;
  for (let n = 0; n < sum; n++) total += (await ask(n)) as number;
  return total;
});
