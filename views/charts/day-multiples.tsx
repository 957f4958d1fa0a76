/** One small picture per day, all on one scale and one axis of the day: today's shape beside those before, over what is usual. */
import { bandPath, linePath, roundStep, type Point } from "./scale.ts";

export interface DayPicture {
  /** `Sat 21 Nov` */
  name: string;
  /** How much of it was observed, in words. */
  text: string;
  /** By minute of the local day, km/h. */
  points: readonly Point[];
  /** What is laid behind: a band with its middle, or another day's line. */
  band: readonly { x: number; low: number | null; high: number | null }[];
  behind: readonly Point[];
  /** It goes on. */
  today: boolean;
}

export interface DayMultiplesProps {
  days: readonly DayPicture[];
  free_flow_speed: number | null;
  label: string;
}

const [W, H, TOP, DAY_MIN] = [288, 76, 18, 1_440] as const;

export const DayMultiples = ({ days, free_flow_speed, label }: DayMultiplesProps) => {
  const most = Math.max(
    10,
    free_flow_speed ?? 0,
    ...days.flatMap(({ points, band, behind }) => [
      ...points.map(({ y }) => y ?? 0),
      ...behind.map(({ y }) => y ?? 0),
      ...band.map(({ high }) => high ?? 0),
    ]),
  );
  const step = roundStep(most, 4);
  const top = Math.ceil(most / step) * step;
  const x = (minute: number): number => (minute / DAY_MIN) * W;
  const y = (speed: number): number => H - (speed / top) * H;
  return (
    <ul class="day-multiples">
      {days.map(({ name, text, points, band, behind, today }) => (
        <li class={today ? "today" : undefined}>
          <h3>
            {name} <small>{text}</small>
          </h3>
          <svg
            class="plot"
            width="100%"
            height={TOP + H + 18}
            role="img"
            aria-label={`${label}, ${name}: ${text}`}
          >
            {[0, top].map((speed) => (
              <>
                <line class="grid" x1="0" x2="100%" y1={TOP + y(speed)} y2={TOP + y(speed)} />
                <text class="tick" x="0" y={TOP + y(speed) - 4}>
                  {speed === top ? `${speed} km/h` : speed}
                </text>
              </>
            ))}
            <svg
              y={TOP}
              width="100%"
              height={H}
              viewBox={`0 0 ${W} ${H}`}
              preserveAspectRatio="none"
              overflow="visible"
            >
              <path class="band" d={bandPath(band, x, y)} />
              {free_flow_speed === null ? null : (
                <line class="free-flow" x1="0" x2={W} y1={y(free_flow_speed)} y2={y(free_flow_speed)} />
              )}
              <path class="typical" d={linePath(behind, x, y)} />
              <path class="actual" d={linePath(points, x, y)} />
            </svg>
            {alone(points).map((point) => (
              <circle
                class="dot"
                cx={`${((point.x / DAY_MIN) * 100).toFixed(2)}%`}
                cy={TOP + y(point.y!)}
                r="2"
              />
            ))}
            {[0, 6, 12, 18, 24].map((hour) => (
              <text
                class="tick"
                x={`${(hour / 24) * 100}%`}
                y={TOP + H + 14}
                text-anchor={hour === 0 ? "start" : hour === 24 ? "end" : "middle"}
              >
                {hour}
              </text>
            ))}
          </svg>
        </li>
      ))}
    </ul>
  );
};

/** A value between two gaps has no line: it is a dot. So is today's last. */
const alone = (points: readonly Point[]): Point[] =>
  points.filter(
    ({ y }, i) => y !== null && (points[i - 1]?.y ?? null) === null && (points[i + 1]?.y ?? null) === null,
  );
