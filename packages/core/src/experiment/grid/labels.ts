/** How a value is called in a cell's name: 1e-3, token, pre-clip(low=0.5), [discounted-return, whiten]. */
export function labelOf(value: unknown): string {
  if (typeof value === "number") return numberLabel(value);
  if (typeof value === "string") return value.replaceAll(/\s+/g, " ").trim();
  if (Array.isArray(value)) return `[${value.map(labelOf).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const { use, ...options } = value as Record<string, unknown>;
  const edit = typeof use === "string" ? null : editLabel(options);
  if (edit !== null) return edit;
  const shown = Object.entries(options).map(([key, item]) => `${key}=${labelOf(item)}`);
  if (typeof use !== "string") return `(${shown.join(", ")})`;
  return shown.length === 0 ? use : `${use}(${shown.join(", ")})`;
}

/** Changes of a chain in words: "without whiten", "score-clip before whiten"; null where a value is none. {}: the chain as it is. */
function editLabel(value: Readonly<Record<string, unknown>>): string | null {
  const entries = Object.entries(value);
  if (entries.length === 0) return "as it is";
  if (!entries.some(([key]) => key === "without" || placeWords.has(key))) return null;
  return entries
    .flatMap(([key, given]) => {
      const word = placeWords.get(key);
      if (word !== undefined && typeof given === "object" && given !== null)
        return Object.entries(given).map(([step, steps]) => `${listLabel(steps)} ${word} ${step}`);
      return [key === "without" ? `without ${listLabel(given)}` : `${key} ${labelOf(given)}`];
    })
    .join(", ");
}

const placeWords: ReadonlyMap<string, string> = new Map([
  ["insteadOf", "instead of"],
  ["before", "before"],
  ["after", "after"],
]);
const listLabel = (given: unknown) => (Array.isArray(given) ? given.map(labelOf).join(", ") : labelOf(given));

/** At most 6 digits, and never a row of zeros: 0.05, 1e-3, 3.16228e-4, 20000, 1e6. */
function numberLabel(value: number): string {
  const short = Number(value.toPrecision(6));
  const size = Math.abs(short);
  if (size === 0 || (size >= 0.01 && size < 1e6)) return String(short);
  return short.toExponential().replace("e+", "e");
}

/** Each dotted path as its last steps, as many as it takes to tell it from the others. */
export function shortPaths(paths: readonly string[]): Map<string, string> {
  const tail = (path: string, steps: number) => path.split(".").slice(-steps).join(".");
  return new Map(
    paths.map((path) => {
      const most = path.split(".").length;
      let steps = 1;
      while (steps < most && paths.some((other) => other !== path && tail(other, steps) === tail(path, steps))) steps++;
      return [path, tail(path, steps)];
    }),
  );
}

/** Labels for the values of one axis that tell them apart: in more digits where 6 don't, as JSON where a text and a number look alike. */
export function distinctLabels(values: readonly unknown[]): string[] {
  const candidates: ((value: unknown) => string)[] = [
    labelOf,
    (value) => (typeof value === "number" ? String(value) : labelOf(value)),
  ];
  for (const label of candidates) {
    const labels = values.map(label);
    if (new Set(labels).size === labels.length) return labels;
  }
  return values.map((value) => JSON.stringify(value));
}
