/** JSX as text. Our components await nothing, so their text is there at once. */
export const markup = (element: { toString(): string }): string => element.toString();
