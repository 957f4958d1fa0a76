/** A worker of models that notes what it is told, and ends when it is asked to forecast for the road −1, and soon after it dropped a model. */
import { serve } from "../../work/serve.ts";
import type { ModelAnswer, ModelRequest } from "./messages.ts";

const told: string[] = [];

serve(async (_input, ask) => {
  let answer: ModelAnswer = { kind: "ready" };
  for (;;) {
    const request = (await ask(answer)) as ModelRequest;
    if (request.kind === "load" && request.bytes[0] === 0) process.exit(1);
    if (request.kind === "forecast" && request.wanted[0] === -1) process.exit(1);
    if (request.kind === "load" || request.kind === "network") told.push(request.kind);
    if (request.kind === "drop") {
      told.push(request.kind);
      setTimeout(() => process.exit(1), 5);
    }
    answer =
      request.kind === "forecast"
        ? // What it was told, as the only thing that a forecast can carry here.
          { kind: "failed", name: "Told", message: told.join(" ") }
        : request.kind === "load"
          ? {
              kind: "loaded",
              about: { kind: "persistence", trained_from_ms: 0, trained_to_ms: 0, seed: 0, roads_n: 0 },
            }
          : { kind: "done" };
  }
});
