export interface Difference {
  readonly path: string;
  readonly baseline: unknown;
  readonly value: unknown;
}

/** Where two resolved cells (plain data) differ, leaf by leaf, in order. undefined: not there. */
export function differences(baseline: unknown, value: unknown, path = ""): Difference[] {
  if (isObject(baseline) && isObject(value) && Array.isArray(baseline) === Array.isArray(value) && baseline.use === value.use) {
    const keys = [...new Set([...Object.keys(baseline), ...Object.keys(value)])];
    return keys.flatMap((key) => differences(baseline[key], value[key], path ? `${path}.${key}` : key));
  }
  return JSON.stringify(baseline) === JSON.stringify(value) ? [] : [{ path, baseline, value }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
