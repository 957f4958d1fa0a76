/** The one place that knows the runtime's HTTP server. */
import { ConfigError } from "./core/errors.ts";
import { limits } from "./core/limits.ts";

export interface Server {
  url: string;
  /** From now on requests go here. */
  answerWith(fetch: Fetch): void;
  /** Takes no more connections; open ones are closed after `grace_ms`. */
  stop(grace_ms: number): Promise<void>;
}

/** What a request handler gets beside the request: Bun's server, for addresses and timeouts. */
export type Fetch = (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>;

/** Quiet streams send a heartbeat each 15 s; the runtime's default of 10 s would end them, none at all would keep the dead. */
const IDLE_TIMEOUT_S = 60;

const starting: Fetch = () =>
  new Response("Arterial is starting; try again in a moment.\n", {
    status: 503,
    headers: { "content-type": "text/plain; charset=utf-8", "retry-after": "1", refresh: "1" },
  });

/**
 * Listens at once, so that a port in use is told before anything is started.
 *
 * @throws {ConfigError} naming HOST or PORT.
 */
export function listen(host: string, port: number): Server {
  let answer = starting;
  let server: Bun.Server<undefined>;
  try {
    server = Bun.serve({
      hostname: host,
      port,
      idleTimeout: IDLE_TIMEOUT_S,
      // Far more than the body limit, so that the answer to a body that is too large is ours; the door reads no more than its own.
      maxRequestBodySize: 64 * limits.body_bytes_max,
      fetch: (request, self) => answer(request, self),
    });
  } catch (error) {
    throw cannotListen(host, port, error);
  }
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`,
    answerWith(fetch) {
      answer = fetch;
    },
    async stop(grace_ms) {
      const closed = server.stop(false);
      await Promise.race([closed, new Promise((done) => setTimeout(done, grace_ms))]);
      await server.stop(true);
    },
  };
}

function cannotListen(host: string, port: number, error: unknown): Error {
  const code = (error as { code?: string }).code ?? "";
  if (code === "EADDRINUSE") {
    return new ConfigError(
      `PORT is ${port}, which another process on ${host} uses; give another port, or stop that process`,
    );
  }
  if (code === "EACCES")
    return new ConfigError(`PORT is ${port}, which this user may not open; give one above 1023`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || /hostname|address/i.test(String(error))) {
    return new ConfigError(
      `HOST is "${host}", which is no address of this machine; give one that is, such as 127.0.0.1`,
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}
