/** A channel: all clients that asked for the same filter, tick and wire share its frames. */
import type { Client, Writer } from "./client.ts";
import { matches, type Filter } from "./filter.ts";
import { frame, type Wire } from "./frames.ts";
import type { Round } from "./pump.ts";
import type { Ring } from "./ring.ts";
import type { KeyState } from "./state.ts";

/** What channels need of the hub; one object for all of them. */
export interface Host {
  readonly ring: Ring;
  readonly writer: Writer;
  now(): number;
  cursor(filter: Filter): string;
  readonly row: (state: KeyState) => string;
  /** A client is too far behind to be told what it missed. */
  resync(client: Client): void;
  frames_max: number;
}

/** Frames kept for sharing. Clients of a channel stand at few places: nearly all at one. */
const MADE_MAX = 16;

export class Channel implements Round {
  readonly id: string;
  readonly filter: Filter;
  readonly tick_ms: number;
  readonly wire: Wire;
  readonly host: Host;
  readonly clients = new Set<Client>();
  /** The states it watches, when it asks for nothing but keys; else the ring is searched. */
  watched: readonly KeyState[] | null = null;
  /** Something matched since the last frame. */
  dirty = false;
  /** The pump will come; since when it could have. */
  queued = false;
  ready_ms = 0;
  /** All changes before this place are in a frame; its cursor and number. */
  place: number;
  cursor: string;
  frame = 0;
  last_frame_ms = -Infinity;
  /** Clients at `#before` or later lack nothing that lies before `#floor`: the channel had been idle. */
  #before: number;
  #floor: number;
  #dirty_from = 0;
  #settled = true;
  /** Frames to `place`, by the place where they begin. Emptied when the round ends. */
  readonly #made: { from: number; bytes: Uint8Array | null }[] = [];

  constructor(id: string, filter: Filter, tick_ms: number, wire: Wire, host: Host) {
    this.id = id;
    this.filter = filter;
    this.tick_ms = tick_ms;
    this.wire = wire;
    this.host = host;
    this.place = this.#before = this.#floor = host.ring.head;
    this.cursor = host.cursor(filter);
  }

  /** @param seq The first change that the channel has not told. @returns When a frame may be sent, monotonic ms. */
  touch(seq: number): number {
    this.dirty = true;
    this.#dirty_from = seq;
    return this.last_frame_ms + this.tick_ms;
  }

  begin(): void {
    this.queued = false;
    if (this.#due()) this.#advance();
  }

  tell(client: Client): boolean {
    if (client.place >= this.place || client.blocked_since_ms !== null || !client.open) return false;
    const from = client.place >= this.#before ? Math.max(client.place, this.#floor) : client.place;
    if (from < this.host.ring.base || this.frame - client.frame > this.host.frames_max) {
      this.host.resync(client);
      return true;
    }
    const bytes = this.#bytes(from, client.cursor);
    client.place = this.place;
    client.frame = this.frame;
    if (bytes === null) return false;
    client.cursor = this.cursor;
    this.host.writer.write(client, bytes);
    return true;
  }

  resumed(): boolean {
    // It became due while its clients were being told: those still to come get both frames in one write.
    if (!this.queued || !this.#due()) return false;
    this.#settled = false;
    this.#advance();
    return true;
  }

  end(): void {
    this.#settled = true;
    this.#made.length = 0;
  }

  #due(): boolean {
    return this.dirty && this.host.now() >= this.last_frame_ms + this.tick_ms;
  }

  #advance(): void {
    this.dirty = false;
    this.#made.length = 0;
    if (this.#settled) {
      this.#before = this.place;
      this.#floor = this.#dirty_from;
    }
    this.place = this.host.ring.head;
    this.cursor = this.host.cursor(this.filter);
    this.frame++;
    // The tick counts from when the frame was due: counted from when the pump came, each delay would stay for good.
    this.last_frame_ms = this.ready_ms;
  }

  #bytes(from: number, before: string): Uint8Array | null {
    for (const made of this.#made) if (made.from === from) return made.bytes;
    const bytes = frame(this.wire, this.#changed(from), this.host.row, before, this.cursor);
    if (this.clients.size > 1 && this.#made.push({ from, bytes }) > MADE_MAX) this.#made.shift();
    return bytes;
  }

  /** States that changed in `[from, place)`, each once, its newest. What changed again since is in the next frame. */
  #changed(from: number): KeyState[] {
    const { place, watched, filter } = this;
    if (watched !== null) return watched.filter((state) => state.seq >= from && state.seq < place);
    const found = new Set<KeyState>();
    for (const change of this.host.ring.range(from, place)) {
      const { state } = change;
      // Where only the newest place would be looked at, a key that left the box would stay in it for the client.
      if (state.seq >= from && state.seq < place && matches(filter, change)) found.add(state);
    }
    return [...found];
  }
}
