/** Whether a broker answers a metadata request, asked over a plain socket: no client, no noise. */
import { connect } from "node:net";

const METADATA = 3;
const VERSION = 1;

/** Resolves to whether the broker at a port of this machine names itself among its brokers, within `deadline_ms`. */
export function brokerAnswers(port: number, deadline_ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (answers: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answers);
    };
    const timer = setTimeout(() => end(false), deadline_ms);
    let got = Buffer.alloc(0);
    socket.on("error", () => end(false));
    socket.on("close", () => end(false));
    socket.on("connect", () => {
      // Length, API, version, correlation, no client id, no topics.
      const request = Buffer.alloc(18);
      request.writeInt32BE(14, 0);
      request.writeInt16BE(METADATA, 4);
      request.writeInt16BE(VERSION, 6);
      request.writeInt16BE(-1, 12);
      socket.write(request);
    });
    socket.on("data", (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      // Length, correlation, number of brokers.
      if (got.length >= 12) end(got.readInt32BE(8) > 0);
    });
  });
}
