/** A chart as a file of its own: its colours within it, its title and what it was made from as text, for reports. */

export interface SvgFileProps {
  title: string;
  unit: string;
  /** Lines under the picture. */
  foot: readonly string[];
  /** Markup of a chart: its root is an `<svg>` of full width. */
  chart: string;
}

const [WIDTH, LEFT, TOP, LINE] = [960, 60, 66, 16] as const;

export function svgFile({ title, unit, foot, chart }: SvgFileProps): string {
  const height = Number(/^<svg[^>]*? height="(\d+)"/.exec(chart)?.[1] ?? 240);
  const all = TOP + height + 24 + foot.length * LINE + 12;
  const lines = foot.map(
    (line, i) => `<text class="tick" x="24" y="${TOP + height + 28 + i * LINE}">${escaped(line)}</text>`,
  );
  // A script's data is nothing to a file.
  const plain = chart.replaceAll(/ data-[a-z]+="[^"]*"/g, "");
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${all}" viewBox="0 0 ${WIDTH} ${all}">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch-line" x1="0" y1="0" x2="0" y2="5"/></pattern></defs>
<rect width="${WIDTH}" height="${all}" fill="#fff"/>
<text class="title" x="24" y="34">${escaped(title)}</text><text class="tick" x="24" y="52">${escaped(unit)}</text>
<svg x="${LEFT}" y="${TOP}" width="${WIDTH - LEFT - 24}" height="${height}" overflow="visible">${plain}</svg>
${lines.join("\n")}
</svg>
`;
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** The page's own look in the light, as public/arterial.css and public/analytics.css have it. */
const RAMP = ["#f5ece0", "#efd5b8", "#e5b88b", "#d39462", "#b96c40", "#943f26", "#631c1c"];
const STYLE = `svg{overflow:visible}text{font-family:"Helvetica Neue",Arial,"Liberation Sans",sans-serif}
.title{font-size:20px;font-weight:600;fill:#1b1f24}.tick{font-size:11px;fill:#5a616b}.tick.here{font-weight:600;fill:#1b1f24}
.row-name{font-size:12px;font-weight:600;fill:#1b1f24}.halo{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}
.grid{stroke:#e2dfd7;vector-effect:non-scaling-stroke}.band{fill:#1b1f24;opacity:.07}.shaded{fill:#1b1f24;opacity:.055}
.actual{fill:none;stroke:#1b1f24;stroke-width:1.6;stroke-linejoin:round;vector-effect:non-scaling-stroke}
.other{fill:none;stroke:#5b46c9;stroke-width:1.5;stroke-dasharray:5 3;vector-effect:non-scaling-stroke}
.frame{fill:none;stroke:#1b1f24;stroke-width:1.5}.part{stroke:#fff;opacity:.6}.dot{fill:#1b1f24;stroke:#fff;stroke-width:2}.column{fill:#8d929a}.column.peak{fill:#1b1f24}
.column.today{fill:#fff;stroke:#1b1f24}.span{fill:#1b1f24}.hatch-line{stroke:#bdb9b0;stroke-width:2}.missing{fill:url(#hatch)}
${RAMP.map((paint, i) => `.heat-${i}{fill:${paint}}`).join("")}`;
