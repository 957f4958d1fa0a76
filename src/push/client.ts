/** A client of the hub: a place in the ring and a sink. It never has a queue. */
import type { Channel } from "./channel.ts";
import type { NoteGroup } from "./notes.ts";

/** Where a client's bytes go; the transport's side. */
export interface Sink {
  /**
   * Takes all the bytes. A promise says that the transport is full: the hub leaves this client alone until it
   * resolves. Rejecting or throwing says that the client is gone.
   */
  write(bytes: Uint8Array): number | Promise<number>;
  /** The hub is done with this client. @param slow It did not read: what is still waiting may be thrown away. */
  close(slow: boolean): void;
}

export interface Client {
  readonly sink: Sink;
  readonly channel: Channel;
  /** Has all that is before this place of the ring. Infinity while it waits for the hub to read up to its cursor. */
  place: number;
  /** The cursor it was last told. */
  cursor: string;
  /** Number of the channel's frame that it was last told. */
  frame: number;
  /** Since when its transport is full, monotonic ms; null when it is not. */
  blocked_since_ms: number | null;
  notes: NoteGroup | null;
  /** Version of the note it was last told. */
  note: number;
  open: boolean;
}

/** Writes to clients and keeps account of those that do not read. */
export class Writer {
  readonly #now: () => number;
  readonly #ready: (client: Client) => void;
  readonly #lost: (client: Client) => void;
  readonly blocked = new Set<Client>();
  writes = 0;

  /** @param ready Called when a blocked client can take bytes again. @param lost Called when one is gone. */
  constructor(now: () => number, ready: (client: Client) => void, lost: (client: Client) => void) {
    this.#now = now;
    this.#ready = ready;
    this.#lost = lost;
  }

  /** @pre The client is open and not blocked. */
  write(client: Client, bytes: Uint8Array): void {
    this.writes++;
    try {
      const took = client.sink.write(bytes);
      if (typeof took === "number") return;
      client.blocked_since_ms = this.#now();
      this.blocked.add(client);
      took.then(
        () => {
          if (!this.blocked.delete(client)) return;
          client.blocked_since_ms = null;
          this.#ready(client);
        },
        () => this.#lost(client),
      );
    } catch {
      this.#lost(client);
    }
  }
}
