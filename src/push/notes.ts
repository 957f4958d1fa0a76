/** HTML for pages: of each group only the newest note matters, and a client that comes gets it at once. */
import { bytesOf, type Wire } from "./frames.ts";
import type { Client, Writer } from "./client.ts";
import type { Round } from "./pump.ts";

export class NoteGroup implements Round {
  readonly clients = new Set<Client>();
  readonly #writer: Writer;
  readonly #encoded = new Map<Wire, Uint8Array | null>();
  #html: string | null = null;
  #version = 0;
  #queued = false;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** @returns Whether a round is wanted for it: not while one waits already. */
  put(html: string): boolean {
    this.#html = html;
    this.#version++;
    this.#encoded.clear();
    if (this.#queued || this.clients.size === 0) return false;
    return (this.#queued = true);
  }

  /** When nobody reads them any more, the last is forgotten: who comes later must not get an old one. */
  leave(client: Client): void {
    this.clients.delete(client);
    if (this.clients.size > 0) return;
    this.#html = null;
    this.#encoded.clear();
  }

  begin(): void {
    this.#queued = false;
  }

  tell(client: Client): boolean {
    if (client.note === this.#version || client.blocked_since_ms !== null || !client.open) return false;
    client.note = this.#version;
    const bytes = this.#bytes(client.channel.wire);
    if (bytes === null) return false;
    this.#writer.write(client, bytes);
    return true;
  }

  resumed(): boolean {
    return false;
  }

  end(): void {}

  #bytes(wire: Wire): Uint8Array | null {
    let bytes = this.#encoded.get(wire);
    if (bytes === undefined) {
      const text = this.#html === null ? null : wire.note(this.#html);
      bytes = text === null ? null : bytesOf(text);
      this.#encoded.set(wire, bytes);
    }
    return bytes;
  }
}
