/** Seeds that failed once, with what they found. They are run first, for ever. */
export const seeds: readonly (readonly [seed: number, found: string])[] = [
  [2, "an event too far ahead was refused by one layer and taken by another that read it later"],
  [12, "the same, shown to a client by the hub alone"],
  [10, "a live store that was emptied said to hold what its next write did not bring"],
  [29, "the same, for a partition that had been another replica's"],
  [127, "rows of a partition that came along were taken from a look at the live store before it was emptied"],
];
