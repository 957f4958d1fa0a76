/**
 * Seeds that failed once, with what they found. They are run first, for ever. Where what a run does is changed (more
 * trouble, other shares), a seed becomes another run: look for one that finds the same without the repair.
 */
export const seeds: readonly (readonly [seed: number, found: string])[] = [
  [
    2,
    "an event too far ahead was refused by the speed layer, and shown by a hub that read it a little later",
  ],
  [9, "the same event and its repeat: too far ahead when it was read, and stored when it was read again"],
  [
    267,
    "rows that came along with a partition were read from the live store before it was emptied, and not written",
  ],
  [
    5131,
    "a reader that was sent to the log's end told no other reader of it, and they slept until the next append",
  ],
];
