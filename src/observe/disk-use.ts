/** Room on the disk of a folder. */
import { statfs } from "node:fs/promises";

export async function diskUse(dir: string): Promise<{ free_bytes: number; size_bytes: number }> {
  const { bsize, bavail, blocks } = await statfs(dir);
  return { free_bytes: bsize * bavail, size_bytes: bsize * blocks };
}
