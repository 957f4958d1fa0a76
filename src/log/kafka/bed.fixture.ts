/** The log on a real broker, and ways to hurt it. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startKafka, type KafkaServer } from "../../../test/kafka.ts";
import { systemClock } from "../../core/time.ts";
import type { LogBed } from "../conformance-kit.ts";
import { openKafkaLog } from "./log.ts";
import type { Log } from "../log.ts";

/**
 * @param broker Asked once: the checks have topics and groups of their own, so they share a broker.
 * @returns what opens a bed.
 */
export function kafkaBeds(broker: () => Promise<KafkaServer>): () => Promise<LogBed> {
  let shared: Promise<KafkaServer> | null = null;
  return async () => openBed(await (shared ??= broker()));
}

function openBed(first: KafkaServer): LogBed {
  let server = first;
  const opened: Log[] = [];
  const closeLogs = async (): Promise<void> => {
    await Promise.all(opened.map((log) => log.close()));
  };
  return {
    open() {
      const log = openKafkaLog({ brokers: [server.brokers], clock: systemClock });
      opened.push(log);
      return Promise.resolve(log);
    },
    async close() {
      await closeLogs();
      if (server !== first) await server.close();
    },
    async doomedMember(topic, group) {
      const member = await startMember(server.brokers, topic, group);
      return { kill: member.kill };
    },
    async remake() {
      await closeLogs();
      server = await startKafka();
    },
    async restart() {
      await server.kill();
      await server.start();
    },
  };
}

/** A member of the group in a process of its own, that has read a batch. */
export async function startMember(
  brokers: string,
  topic: string,
  group: string,
): Promise<{ pid: number; kill: () => Promise<void> }> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(import.meta.resolve("./member.fixture.ts")), brokers, topic, group],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return {
    pid: child.pid!,
    async kill() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
  };
}
