/** Writes to clients in slices and lets the loop breathe between them: publishes, accepts and reads get in. */
import type { Client } from "./client.ts";

/** One thing to tell to a set of clients. */
export interface Round {
  readonly clients: Iterable<Client>;
  /** Called when its turn comes. */
  begin(): void;
  /** Tells one client what it lacks. @returns Whether something was written. */
  tell(client: Client): boolean;
  /** Called after a pause: others may have changed what there is to tell. @returns Whether to go round again. */
  resumed(): boolean;
  end(): void;
}

/** 50 to 250 measured alike; 100 writes take about a millisecond. */
const SLICE = 100;

export class Pump {
  #queue: Round[] = [];
  #busy = false;
  #done: Promise<void> = Promise.resolve();

  add(round: Round): void {
    this.#queue.push(round);
  }

  /** Works the queue off. The first slice is written before this returns. @returns When the queue is empty. */
  run(): Promise<void> {
    if (!this.#busy) {
      this.#busy = true;
      this.#done = this.#work();
    }
    return this.#done;
  }

  async #work(): Promise<void> {
    let written = 0;
    try {
      for (let rounds = this.#queue; rounds.length > 0; rounds = this.#queue) {
        this.#queue = [];
        for (const round of rounds) {
          round.begin();
          for (let again = true; again;) {
            again = false;
            for (const client of round.clients) {
              if (!round.tell(client) || ++written % SLICE !== 0) continue;
              await breath();
              again = round.resumed() || again;
            }
          }
          round.end();
        }
      }
    } finally {
      this.#busy = false;
    }
  }
}

const breath = (): Promise<void> => new Promise((done) => setImmediate(done));
