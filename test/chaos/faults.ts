/** What can be done to servers, replicas and the network between them, and undone. */
import { Redis } from "ioredis";
import type { Bed } from "./bed.ts";
import type { Random } from "./random.ts";
import type { Network } from "./servers.ts";
import type { Replica } from "./replica.ts";

export interface Fault {
  /** For people: what, to whom. */
  name: string;
  /** Who it is done to: not two at once to the same. */
  target: string;
  /** Longest that it is held, ms. */
  hold_ms_max: number;
  kill?: true;
  begin(bed: Bed): Promise<void>;
  end(bed: Bed): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

const replicaOf = (bed: Bed, n: number): Replica => {
  const replica = bed.replicas[n];
  if (replica === undefined) throw new RangeError(`Cannot find replica ${n}`);
  return replica;
};

const ofReplica = (n: number): readonly Fault[] => [
  {
    name: `kill -9 of replica ${n}`,
    target: `replica ${n}`,
    hold_ms_max: 3_000,
    kill: true,
    begin: (bed) => replicaOf(bed, n).kill(),
    end: async (bed) => void (await replicaOf(bed, n).start()),
  },
  {
    name: `SIGSTOP of replica ${n}`,
    target: `replica ${n}`,
    hold_ms_max: 12_000,
    begin: async (bed) => replicaOf(bed, n).pause(),
    end: async (bed) => replicaOf(bed, n).resume(),
  },
  {
    name: `Ctrl-C of replica ${n}`,
    target: `replica ${n}`,
    hold_ms_max: 2_000,
    begin: (bed) => replicaOf(bed, n).stop(),
    end: async (bed) => void (await replicaOf(bed, n).start()),
  },
];

const ofServers: readonly Fault[] = [
  {
    name: "kill -9 of the broker",
    target: "kafka",
    hold_ms_max: 5_000,
    begin: ({ servers }) => servers.kafka.kill(),
    end: ({ servers }) => servers.kafka.start(),
  },
  {
    name: "SIGSTOP of the broker",
    target: "kafka",
    hold_ms_max: 8_000,
    begin: async ({ servers }) => servers.kafka.pause(),
    end: async ({ servers }) => servers.kafka.resume(),
  },
  {
    name: "immediate end of PostgreSQL",
    target: "postgres",
    hold_ms_max: 4_000,
    begin: ({ servers }) => servers.postgres.kill(),
    end: ({ servers }) => servers.postgres.start(),
  },
  {
    name: "kill -9 of Redis",
    target: "redis",
    hold_ms_max: 6_000,
    begin: ({ servers }) => servers.redis.kill(),
    end: ({ servers }) => servers.redis.start(),
  },
  {
    name: "SIGSTOP of Redis",
    target: "redis",
    hold_ms_max: 6_000,
    begin: async ({ servers }) => servers.redis.pause(),
    end: async ({ servers }) => servers.redis.resume(),
  },
  {
    name: "FLUSHALL of Redis",
    target: "redis",
    hold_ms_max: 1,
    begin: ({ servers }) => flush(servers.redis.url),
    end: nothing,
  },
];

async function flush(url: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  redis.on("error", () => {});
  try {
    await redis.flushall();
  } finally {
    redis.disconnect();
  }
}

/** Of one replica's way to one server: the others see nothing of it. */
function ofNetwork(n: number, part: keyof Network, random: Random): readonly Fault[] {
  const way = `between replica ${n} and ${part}`;
  const proxyOf = (bed: Bed): Network[keyof Network] => {
    const network = bed.servers.networks[n];
    if (network === undefined) throw new RangeError(`Cannot find the network of replica ${n}`);
    return network[part];
  };
  const pass = (bed: Bed): Promise<void> => proxyOf(bed).pass();
  const delay_ms = Math.round(random.between(20, 700));
  const bytes = random.below(60_000);
  return [
    {
      name: `delay of ${delay_ms} ms ${way}`,
      target: way,
      hold_ms_max: 6_000,
      begin: (bed) => proxyOf(bed).delay(delay_ms),
      end: pass,
    },
    { name: `cut ${way}`, target: way, hold_ms_max: 5_000, begin: (bed) => proxyOf(bed).cut(), end: pass },
    {
      name: `black hole ${way}`,
      target: way,
      hold_ms_max: 12_000,
      begin: (bed) => proxyOf(bed).blackHole(),
      end: pass,
    },
    {
      name: `cut after ${bytes} bytes ${way}`,
      target: way,
      hold_ms_max: 3_000,
      begin: (bed) => proxyOf(bed).cutAfter(bytes),
      end: pass,
    },
    {
      name: `one reset ${way}`,
      target: way,
      hold_ms_max: 1,
      begin: async (bed) => proxyOf(bed).drop(),
      end: nothing,
    },
    {
      name: `20,000 bytes a second ${way}`,
      target: way,
      hold_ms_max: 6_000,
      begin: (bed) => proxyOf(bed).slow(20_000),
      end: pass,
    },
  ];
}

/** One by chance: first the kind, so that each is as likely. */
export function anyFault(replicas: number, random: Random): Fault {
  const n = random.below(replicas);
  const part = random.pick(["kafka", "redis", "postgres"] as const);
  return random.pick(random.pick([ofReplica(n), ofServers, ofNetwork(n, part, random)]));
}
