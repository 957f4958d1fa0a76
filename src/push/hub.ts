/**
 * The hub: takes what happens from the log and tells it to every client that asked for it, newest states first and
 * only. It knows streams, places of the log and sinks; it knows no transport.
 *
 * One ring holds the changes of the last minute. A client is a place in that ring. What a client lacks is made when
 * it can take it, once for all clients that stand at the same place of the same channel. So a slow client costs
 * nothing, is never sent what was overtaken meanwhile, and a client that returns is only one that stood still.
 */
import { formatCursor, parseCursor, type LogPosition } from "../core/cursor.ts";
import { ProblemError } from "../core/errors.ts";
import type { Event } from "../core/event.ts";
import { answerRow } from "../core/json.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { formatInstant } from "../core/time.ts";
import { Changes } from "./changes.ts";
import type { Channel, Host } from "./channel.ts";
import { Writer, type Client, type Sink } from "./client.ts";
import { Directory } from "./directory.ts";
import type { Filter } from "./filter.ts";
import { bytesOf, sse, type Wire } from "./frames.ts";
import { NoteGroup } from "./notes.ts";
import type { BoundName, Hub, HubOptions, SubscribeOptions, Subscription } from "./port.ts";
import { Pump, type Round } from "./pump.ts";
import { Positions, type ResumeAt } from "./resume.ts";
import { Ring, type Change } from "./ring.ts";
import { rowJson, type Present } from "./state.ts";
import { realSchedule, Wheel } from "./wheel.ts";

export type { Filter, Hub, HubOptions, Sink, SubscribeOptions, Subscription } from "./port.ts";

/** Place of a client whose cursor the ring does not reach. */
const TOO_OLD = -1;

/** Keys past their TTL are looked for, and blocked clients closed, this often. */
const HOUSEKEEPING_MS = 1_000;

export function createHub(options: HubOptions): Hub {
  const { streams, clock, epoch } = options;
  const bounds: Record<BoundName, number> = { ...limits, ...options.bounds };
  const schedule = options.schedule ?? realSchedule;
  const random = options.random ?? Math.random;
  const present: Present = options.present ?? answerRow;
  const currentUrl = options.currentUrl ?? defaultUrl;
  const now = (): number => clock.monotonic();

  const ring = new Ring({ ring_ms: bounds.ring_ms, rows_max: bounds.ring_rows_max });
  const positions = new Positions(epoch, streams);
  const changes = new Changes({
    streams,
    clock,
    ring,
    positions,
    placeOf: options.placeOf ?? nowhere,
    concern,
  });
  const directory = new Directory(changes.states);
  const pump = new Pump();
  const clients = new Set<Client>();
  const groups = new Map<string, NoteGroup>();
  const waiting = new Map<Client, LogPosition>();
  const counts = { resumed: 0, resync_too_old: 0, resync_slow: 0, closed_slow: 0 };
  let closing: Promise<void> | null = null;

  const writer = new Writer(now, catchUp, (client) => drop(client, false));
  const wheel = new Wheel<Channel>(now, schedule, (due) => {
    const at_ms = now();
    for (const channel of due) enqueue(channel, at_ms);
    run();
  });
  const host: Host = {
    ring,
    writer,
    now,
    cursor: (filter) => positions.cursor(filter.streams),
    row: (state) => rowJson(state, present, clock.now()),
    resync,
    frames_max: bounds.frames_max,
  };

  function publish(stream: Stream, events: readonly Event[], partition: number, next_offset: number): void {
    changes.publish(stream, events, partition, next_offset);
    if (waiting.size > 0) for (const [client, resume] of waiting) arrive(client, resume);
    run();
  }

  function gone(stream: Stream, keys: readonly string[]): void {
    changes.gone(stream, keys);
    run();
  }

  function concern(change: Change): void {
    directory.concerned(change, (channel) => {
      const due_ms = channel.touch(change.seq);
      if (due_ms <= change.at_ms) enqueue(channel, change.at_ms);
      else wheel.add(due_ms, channel);
    });
  }

  // Telling

  function enqueue(channel: Channel, at_ms: number): void {
    if (channel.queued || channel.clients.size === 0) return;
    channel.queued = true;
    channel.ready_ms = at_ms;
    pump.add(channel);
  }

  function run(): void {
    void pump.run();
  }

  /** Sends a client to REST for what it lacks, and goes on with it from now. */
  function resync(client: Client): void {
    const reason = client.place === TOO_OLD ? "too-old" : "slow";
    const { wire, filter } = client.channel;
    // Events are not states: a client that lost some cannot be made whole, except by its own return.
    if (reason === "slow" && filter.streams.some((s) => s.live === null)) return drop(client, true);
    counts[reason === "slow" ? "resync_slow" : "resync_too_old"]++;
    const before = client.cursor;
    client.place = ring.head;
    client.frame = client.channel.frame;
    client.cursor = positions.cursor(filter.streams);
    const text = filter.streams.map((stream, i) => {
      const id = i === filter.streams.length - 1 ? client.cursor : before;
      return wire.event("resync", id, JSON.stringify({ reason, url: currentUrl(stream, filter) }));
    });
    writer.write(client, bytesOf(text.join("")));
  }

  // Clients

  function checkRoom(): void {
    if (closing === null && clients.size < bounds.clients_max) return;
    const why = closing === null ? `all ${bounds.clients_max} places are taken` : "the server is stopping";
    throw new ProblemError({
      name: "unavailable",
      detail: `Cannot open a live stream: ${why}`,
      retry_after_s: 5,
    });
  }

  function subscribe(ask: SubscribeOptions, sink: Sink): Subscription {
    checkRoom();
    const wire = ask.wire ?? sse;
    const channel = directory.open(ask.filter, ask.tick_ms, wire, host);
    const found = ask.resume ? positions.resumeAt(ask.resume, ask.filter.streams, ring.head) : null;
    const here = positions.cursor(ask.filter.streams);
    const client: Client = {
      sink,
      channel,
      place: ring.head,
      // Never ahead of its data: a client that returns has what it says it has until it is told more.
      cursor: ask.resume ? formatCursor(epoch, ask.resume) : here,
      frame: channel.frame,
      blocked_since_ms: null,
      notes: null,
      note: 0,
      open: true,
    };
    clients.add(client);
    channel.clients.add(client);
    hello(client, found !== null && found !== "too-old");
    if (found !== null) settle(client, found, ask.resume!);
    if (ask.notes !== undefined) {
      client.notes = groupOf(ask.notes);
      client.notes.clients.add(client);
    }
    if (client.blocked_since_ms === null) catchUp(client);
    return { close: () => forget(client) };
  }

  /** A position that is too old for every stream, of who was here before a restore. */
  function former(cursor: string): LogPosition | null {
    return options.epochs_before?.some((one) => parseCursor(one, cursor) !== null) === true ? {} : null;
  }

  function hello(client: Client, resumed: boolean): void {
    const { cursor, channel } = client;
    const data = { cursor, resumed, tick_ms: channel.tick_ms, server_time: formatInstant(clock.now()) };
    const retry_ms = 4_000 + Math.floor(random() * 2_000);
    writer.write(client, bytesOf(channel.wire.event("hello", cursor, JSON.stringify(data), retry_ms)));
  }

  /** Gives a client that returns its place; one that is ahead of this process gets it when that has caught up. */
  function settle(client: Client, found: ResumeAt, resume: LogPosition): void {
    if (found !== "too-old") counts.resumed++;
    client.place = found === "too-old" ? TOO_OLD : found === "ahead" ? Infinity : found.at;
    if (found === "ahead") waiting.set(client, resume);
  }

  function arrive(client: Client, resume: LogPosition): void {
    const found = positions.resumeAt(resume, client.channel.filter.streams, ring.head);
    if (found === "ahead") return;
    waiting.delete(client);
    client.place = found === "too-old" ? TOO_OLD : found.at;
    if (client.blocked_since_ms === null) catchUp(client);
  }

  function forget(client: Client): void {
    if (!client.open) return;
    client.open = false;
    clients.delete(client);
    waiting.delete(client);
    writer.blocked.delete(client);
    client.notes?.leave(client);
    client.channel.clients.delete(client);
    if (client.channel.clients.size === 0) directory.close(client.channel);
  }

  function drop(client: Client, slow: boolean): void {
    if (!client.open) return;
    if (slow) counts.closed_slow++;
    forget(client);
    client.sink.close(slow);
  }

  function groupOf(name: string): NoteGroup {
    let group = groups.get(name);
    if (group === undefined) groups.set(name, (group = new NoteGroup(writer)));
    return group;
  }

  // Time

  function everyone(tell: (client: Client) => void): Round {
    return {
      clients: [...clients],
      begin() {},
      tell(client) {
        if (!client.open || client.blocked_since_ms !== null) return false;
        tell(client);
        return true;
      },
      resumed: () => false,
      end() {},
    };
  }

  let stopHeartbeat = schedule(heartbeat, bounds.heartbeat_ms);
  function heartbeat(): void {
    stopHeartbeat = schedule(heartbeat, bounds.heartbeat_ms);
    const data = JSON.stringify({ server_time: formatInstant(clock.now()) });
    const made = new Map<Wire, Uint8Array>();
    const beat = ({ wire }: Channel): Uint8Array => {
      let bytes = made.get(wire);
      if (bytes === undefined) made.set(wire, (bytes = bytesOf(wire.event("hb", null, data))));
      return bytes;
    };
    pump.add(everyone((client) => writer.write(client, beat(client.channel))));
    run();
  }

  let stopHousekeeping = schedule(housekeeping, HOUSEKEEPING_MS);
  function housekeeping(): void {
    stopHousekeeping = schedule(housekeeping, HOUSEKEEPING_MS);
    const at_ms = now();
    for (const client of writer.blocked) {
      if (at_ms - client.blocked_since_ms! >= bounds.blocked_ms_max) drop(client, true);
    }
    changes.tidy();
    run();
  }

  async function farewell(): Promise<void> {
    stopHeartbeat();
    stopHousekeeping();
    wheel.stop();
    const bye = everyone((client) => {
      // Spread over five seconds, so that not all come back at once.
      const retry_ms = 1_000 + Math.floor(random() * 5_000);
      const text = client.channel.wire.event("bye", client.cursor, JSON.stringify({ retry_ms }), retry_ms);
      writer.write(client, bytesOf(text));
      drop(client, false);
    });
    const last = [...clients];
    pump.add(bye);
    await pump.run();
    for (const client of last) drop(client, client.blocked_since_ms !== null);
  }

  return {
    streams,
    begin: (stream, partition, offset) => positions.begin(stream, partition, offset),
    position: (stream, partition) => positions.next(stream, partition),
    publish,
    gone,
    note(group, html) {
      const to = groupOf(group);
      if (!to.put(html)) return;
      pump.add(to);
      run();
    },
    parse: (cursor) => parseCursor(epoch, cursor) ?? former(cursor),
    checkRoom,
    subscribe,
    readers: (group) => groups.get(group)?.clients.size ?? 0,
    stats: () => ({
      clients: clients.size,
      channels: directory.size,
      blocked: writer.blocked.size,
      ring_rows: ring.size,
      keys: changes.keys,
      writes: writer.writes,
      ...counts,
    }),
    close: () => (closing ??= farewell()),
  };
}

const nowhere = (): null => null;

/** Brings a client up to its channel's last frame: it could not take it when the others did. */
function catchUp(client: Client): void {
  if (!client.open) return;
  client.channel.tell(client);
  client.notes?.tell(client);
}

function defaultUrl(stream: Stream, { bbox }: Filter): string {
  // Events have no list of what is now: those of the last hour are raw rows.
  if (stream.live === null) return `/api/data/${stream.name}`;
  const path = `/api/streams/${stream.name}/current`;
  return bbox === null ? path : `${path}?bbox=${bbox.join(",")}`;
}
