/** Line icons of the frame: 20 × 20, 1.5 px strokes in the text's colour, silent to assistive technology. */
const icon = (path: string) => (
  <svg
    class="icon"
    viewBox="0 0 20 20"
    width="20"
    height="20"
    fill="none"
    stroke="currentColor"
    stroke-width="1.5"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    <path d={path} />
  </svg>
);

export const icons = {
  play: () => icon("M6.5 4.5V15.5L15.5 10Z"),
  map: () =>
    icon("M2.5 5.5 7.5 3.5 12.5 5.5 17.5 3.5V14.5L12.5 16.5 7.5 14.5 2.5 16.5ZM7.5 3.5V14.5M12.5 5.5V16.5"),
  roads: () => icon("M3 5H17M3 10H17M3 15H17M3 5H4M3 10H4M3 15H4"),
  ahead: () => icon("M10 3A7 7 0 1 0 17 10M10 6V10L12.5 12M12.5 3.2V7M12.5 3.2H16.5"),
  vehicles: () =>
    icon(
      "M4 13.5V6Q4 3.5 6.5 3.5H13.5Q16 3.5 16 6V13.5ZM4 9.5H16M5.5 13.5V16M14.5 13.5V16M7 11.5H7.01M13 11.5H13.01",
    ),
  air: () =>
    icon(
      "M2.5 7H11.5A2.25 2.25 0 1 0 9.4 4M2.5 10.5H15A2.25 2.25 0 1 1 13 13.6M2.5 14H8.5A1.75 1.75 0 1 1 7 16.6",
    ),
  sales: () => icon("M3 16.5H17M5 13.5V10M8.3 13.5V6.5M11.7 13.5V8.5M15 13.5V3.5"),
  analytics: () => icon("M3 3.5V16.5H17M6 12.5 9 8.5 11.5 10.5 16 5"),
  data: () =>
    icon(
      "M3.5 5.5A6.5 2.2 0 0 1 16.5 5.5V14.5A6.5 2.2 0 0 1 3.5 14.5ZM3.5 5.5A6.5 2.2 0 0 0 16.5 5.5M3.5 10A6.5 2.2 0 0 0 16.5 10",
    ),
  streams: () => icon("M2.5 12.5C5 12.5 5 7.5 7.5 7.5S10 12.5 12.5 12.5 15 7.5 17.5 7.5M2.5 16H17.5"),
  docs: () => icon("M7 6 3 10 7 14M13 6 17 10 13 14"),
  close: () => icon("M5 5 15 15M15 5 5 15"),
  theme: () => icon("M10 3A7 7 0 1 0 10 17ZM10 3A7 7 0 0 1 10 17"),
  more: () => icon("M5 12 10 7 15 12"),
};
