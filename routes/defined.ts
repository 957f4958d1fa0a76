/** Without the members that are undefined, as exact optional types want it. */
export type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

export const defined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Defined<T>;
