/** One Arterial of several, on an address that it keeps over its lives. */
import { freePort, freshFolder, startInstance, type Instance } from "../instance.ts";
import { until } from "./until.ts";

export class Replica {
  readonly url: string;
  /** Of all its lives. */
  readonly dir = freshFolder("replica");
  /** What ended it by itself: exit codes with the last words. */
  readonly ends: string[] = [];
  lives = 0;
  readonly #port: number;
  readonly #env: Readonly<Record<string, string>>;
  #instance: Instance | null = null;
  /** Lives that we end. */
  readonly #ended = new WeakSet<Instance>();

  constructor(port: number, env: Readonly<Record<string, string>>) {
    this.#port = port;
    this.#env = env;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async make(env: Readonly<Record<string, string>>): Promise<Replica> {
    return new Replica(await freePort(), env);
  }

  get running(): boolean {
    return this.#instance !== null;
  }
  get pid(): number {
    return this.#instance?.pid ?? 0;
  }
  output(): string {
    return this.#instance?.output() ?? "";
  }

  /** Begins a life, and does not wait for anything. */
  async start(): Promise<this> {
    if (this.#instance !== null) return this;
    this.lives++;
    const instance = await startInstance({ dir: this.dir, port: this.#port, env: this.#env, wait: null });
    this.#instance = instance;
    void instance.exited.then((code) => {
      if (this.#instance === instance) this.#instance = null;
      if (!this.#ended.has(instance)) this.ends.push(`exit ${code}: ${lastLines(instance.output())}`);
    });
    return this;
  }

  /** Wired, and ready by its own judgement. @returns ms */
  async ready(deadline_ms = 60_000): Promise<number> {
    let said = "no answer";
    return until(`${this.url}/readyz`, deadline_ms, async () => {
      // The last line of the start page: before it, only what is waited for is answered.
      if (!this.output().includes("Ctrl-C")) return false;
      const response = await fetch(`${this.url}/readyz`).catch(() => null);
      said = (await response?.text().catch(() => null)) ?? "no answer";
      return response?.status === 200;
    }).catch((error: unknown) => {
      throw new Error(
        `${String(error)}; it says ${said}\n${this.output().slice(-1_500)}${this.ends.join("\n")}`,
      );
    });
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#take()?.kill(false);
  }
  /** SIGINT, as Ctrl-C. */
  async stop(): Promise<void> {
    const instance = this.#take();
    if (instance === null) return;
    process.kill(instance.pid, "SIGCONT");
    await instance.stop();
  }
  #take(): Instance | null {
    const instance = this.#instance;
    this.#instance = null;
    if (instance !== null) this.#ended.add(instance);
    return instance;
  }
  /** SIGSTOP: it stands still and does not know it. */
  pause(): void {
    if (this.pid !== 0) process.kill(this.pid, "SIGSTOP");
  }
  /** SIGCONT. */
  resume(): void {
    if (this.pid !== 0) process.kill(this.pid, "SIGCONT");
  }
}

const lastLines = (text: string): string => text.trim().slice(-2_000);
