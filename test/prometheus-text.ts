/** Reads the text format of Prometheus, and refuses what is not of it. */

export interface TextSample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

export interface PrometheusText {
  samples: readonly TextSample[];
  /** Name → type, for each metric that is declared. */
  types: ReadonlyMap<string, string>;
  /** The value of the one sample with (at least) these labels. @throws {Error} if there is none, or there are several. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
  all(name: string): readonly TextSample[];
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/y;

export function parsePrometheus(text: string): PrometheusText {
  const types = new Map<string, string>();
  const samples: TextSample[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith("#")) {
      const [, kind, name, ...rest] = line.split(" ");
      if (kind === "TYPE") types.set(name!, rest.join(" "));
      else if (kind !== "HELP") throw new Error(`No comment of the format: ${line}`);
      continue;
    }
    const found = LINE.exec(line);
    if (found === null) throw new Error(`No sample of the format: ${line}`);
    const value = Number(found[3]!.replace("+Inf", "Infinity"));
    if (Number.isNaN(value)) throw new Error(`No number: ${line}`);
    samples.push({ name: found[1]!, labels: labelsOf(found[2] ?? ""), value });
  }
  const all = (name: string): TextSample[] => samples.filter((sample) => sample.name === name);
  return {
    samples,
    types,
    all,
    value(name, labels = {}) {
      const found = all(name).filter((sample) =>
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      );
      if (found.length !== 1)
        throw new Error(`${found.length} samples of ${name} ${JSON.stringify(labels)} instead of one`);
      return found[0]!.value;
    },
  };
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const found = LABEL.exec(text);
    if (found === null) throw new Error(`No labels of the format: ${text}`);
    labels[found[1]!] = found[2]!;
  }
  return labels;
}
