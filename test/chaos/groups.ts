/** Who of a consumer group holds what, as the broker says. */
import { AssignerProtocol } from "kafkajs";
import { kafkaOf, TOPIC } from "./topic.ts";

/** Members of a group, each with its partitions of the topic; empty while the group moves. */
export async function sharesOf(brokers: string, group: string): Promise<readonly (readonly number[])[]> {
  const admin = kafkaOf(brokers, "oracle").admin();
  await admin.connect();
  try {
    const [described] = (await admin.describeGroups([group])).groups;
    if (described?.state !== "Stable") return [];
    return described.members.map(({ memberAssignment }) => {
      const decoded = AssignerProtocol.MemberAssignment.decode(memberAssignment);
      return decoded?.assignment[TOPIC] ?? [];
    });
  } finally {
    await admin.disconnect();
  }
}
