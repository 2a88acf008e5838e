/** Counters, gauges and histograms in Prometheus' text format, version 0.0.4. */
export interface MetricsText {
  counter(name: string, help: string): (amount?: number, labels?: Labels) => void;
  /** Read when the text is made. */
  gauge(name: string, help: string, read: () => number, labels?: Labels): void;
  /** `bounds` rise; +Inf is added. */
  histogram(name: string, help: string, bounds: readonly number[]): (value: number, labels?: Labels) => void;
  text(): string;
}

/** Names and values of a metric's labels. */
export type Labels = Readonly<Record<string, string>>;

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Metrics that nobody has yet counted anything of. */
export function metricsText(): MetricsText {
  const families: (() => string[])[] = [];
  const family = (name: string, type: string, help: string, lines: () => string[]) =>
    families.push(() => [`# HELP ${name} ${escapedHelp(help)}`, `# TYPE ${name} ${type}`, ...lines()]);
  return {
    counter(name, help) {
      const values = new Map<string, number>();
      family(name, "counter", help, () => [...values].map(([labels, value]) => `${name}${labels} ${numberText(value)}`));
      return (amount = 1, labels = {}) => {
        const key = labelText(labels);
        values.set(key, (values.get(key) ?? 0) + amount);
      };
    },
    gauge(name, help, read, labels = {}) {
      family(name, "gauge", help, () => [`${name}${labelText(labels)} ${numberText(read())}`]);
    },
    histogram(name, help, bounds) {
      const all = new Map<string, { readonly labels: Labels; readonly counts: number[]; sum: number }>();
      family(name, "histogram", help, () =>
        [...all.values()].flatMap(({ labels, counts, sum }) => {
          let below = 0;
          const buckets = [...bounds, Infinity].map((bound, index) => {
            below += counts[index]!;
            return `${name}_bucket${labelText({ ...labels, le: numberText(bound) })} ${below}`;
          });
          return [...buckets, `${name}_sum${labelText(labels)} ${numberText(sum)}`, `${name}_count${labelText(labels)} ${below}`];
        }),
      );
      return (value, labels = {}) => {
        const key = labelText(labels);
        const one = all.get(key) ?? { labels, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 };
        all.set(key, one);
        const at = bounds.findIndex((bound) => value <= bound);
        one.counts[at < 0 ? bounds.length : at]! += 1;
        one.sum += value;
      };
    },
    text: () => `${families.flatMap((lines) => lines()).join("\n")}\n`,
  };
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapedLabel(value)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

const escapedHelp = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
const escapedLabel = (text: string) => escapedHelp(text).replaceAll('"', '\\"');
const numberText = (value: number) => (value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value));
