// The process behind `s3.ts`: s3rver on a free port, which it prints. It ends with its standard input, so it is never
// orphaned. Run by Node with --openssl-legacy-provider: its page tokens are enciphered by DES, and it counts on sorted folders.
import S3rver from "s3rver";

const [directory, bucket, port] = process.argv.slice(2);
const server = await new S3rver({
  address: "127.0.0.1",
  port: Number(port),
  directory,
  silent: true,
  vhostBuckets: false,
  configureBuckets: [{ name: bucket, configs: [] }],
}).run();
process.stdout.write(`${server.port}\n`);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
