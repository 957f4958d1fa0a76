/** The city in one sentence. */
import { localTime } from "../core/time.ts";
import type { CitySummary } from "./answer.ts";

export interface SentenceFacts {
  congested: number;
  roads: number;
  /** Roads that say anything at all. */
  reporting: number;
  usual: CitySummary["usual"];
  /** Start of the slot that is compared. */
  slot_ms: number;
  zone: string;
}

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const figure = new Intl.NumberFormat("en-US");
const counted = (n: number): string => figure.format(n);

/** "14 of 1,247 roads congested, 6 more than usual for Saturday 10:20" */
export function sentence(facts: SentenceFacts): string {
  const { congested, roads, reporting, usual } = facts;
  if (reporting === 0) return `None of ${counted(roads)} roads has reported lately`;
  const now = `${counted(congested)} of ${counted(roads)} ${roads === 1 ? "road" : "roads"} congested`;
  if (usual === null) return `${now}; no earlier day to compare with yet`;
  const more = congested - usual.congested;
  const difference =
    more === 0 ? "as many as" : `${counted(Math.abs(more))} ${more > 0 ? "more" : "fewer"} than`;
  if (usual.basis === "any-day") {
    return `${now}, ${difference} at this time ${usual.days === 1 ? "the day" : `on the ${usual.days} days`} before`;
  }
  const { weekday, hour, minute } = localTime(facts.slot_ms, facts.zone);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${now}, ${difference} usual for ${WEEKDAYS[weekday - 1]} ${two(hour)}:${two(minute)}`;
}
