/** Labels moved apart until none lies on another: as little as it takes, and within the picture. */

type Spot = readonly [x: number, y: number];

const TURNS_MAX = 80;

/**
 * @param room What a label takes, about its middle.
 * @param size Of the picture: labels stay within it.
 * @returns Middles of the labels, in the order of the spots. Where there is no room for all, some still touch.
 */
export function parted(spots: readonly Spot[], room: Spot, size: Spot): Spot[] {
  const places = spots.map(([x, y]): [number, number] => [x, y]);
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    let moved = false;
    for (let i = 0; i < places.length; i++) {
      for (let j = i + 1; j < places.length; j++) {
        const [a, b] = [places[i]!, places[j]!];
        const over_x = room[0] - Math.abs(a[0] - b[0]);
        const over_y = room[1] - Math.abs(a[1] - b[1]);
        if (over_x <= 0.01 || over_y <= 0.01) continue;
        moved = true;
        // Along the shorter way out; of two at the same spot, the later one goes down.
        const axis = over_x < over_y ? 0 : 1;
        const way = (a[axis] <= b[axis] ? 1 : -1) * (Math.min(over_x, over_y) / 2);
        a[axis] -= way;
        b[axis] += way;
      }
    }
    for (const place of places)
      for (const axis of [0, 1] as const)
        place[axis] = Math.min(size[axis] - room[axis] / 2, Math.max(room[axis] / 2, place[axis]));
    if (!moved) break;
  }
  return places;
}
