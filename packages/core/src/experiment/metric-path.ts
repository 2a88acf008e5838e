/**
 * The name of a metric, `<stage>.<way>`: the stage, and the keys on the way to a number in its results, between dots. A key may hold dots itself (a question
 * kind `a.b`, a rule `my.rule`), so the way is read with the results at hand, or with the patterns of what a stage gives.
 */
export interface MetricPath {
  readonly stage: string;
  /** What follows the stage's name, which holds no dot. */
  readonly way: string;
}

/** `evaluate.voting.15` as the stage, evaluate, and the way to the number in its results, voting.15. */
export function metricPath(path: string): MetricPath {
  const dot = path.indexOf(".");
  return dot === -1 ? { stage: path, way: "" } : { stage: path.slice(0, dot), way: path.slice(dot + 1) };
}

/** The keys of a way, such that there is a number (or a text, which stands for NaN and ±∞) at its end; null where there is none. */
export function keysOfWay(results: unknown, way: string): readonly string[] | null {
  if (typeof results !== "object" || results === null || Array.isArray(results)) return null;
  const record = results as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(record, way) && ["number", "string"].includes(typeof record[way])) return [way];
  for (let dot = way.indexOf("."); dot !== -1; dot = way.indexOf(".", dot + 1)) {
    const key = way.slice(0, dot);
    const rest = Object.hasOwn(record, key) ? keysOfWay(record[key], way.slice(dot + 1)) : null;
    if (rest !== null) return [key, ...rest];
  }
  return null;
}

/** What stands at the end of a way; undefined where nothing does. */
export function valueOfWay(results: unknown, way: string): unknown {
  return keysOfWay(results, way)?.reduce<unknown>((inside, key) => (inside as Readonly<Record<string, unknown>>)[key], results);
}

/** Whether a way is of a form that a stage gives, in which * stands for any name: byKind.*.accuracy. */
export function fitsWay(form: string, way: string): boolean {
  const parts = form.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`, "s").test(way);
}
