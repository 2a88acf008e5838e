import { finiteOf, listOf, recordOf, textOf } from "./plain.ts";
import type { GridRun, Versions } from "./grid-run.ts";

/** null where an older run didn't write them down, or what is there can't be read. */
export function readVersions(value: unknown): Versions | null {
  if (!Array.isArray(value)) return null;
  const entries = listOf(value).map(recordOf).map(({ kind, name, version, integrity }) => {
    const [of, called, number, hash] = [textOf(kind), textOf(name), finiteOf(version), textOf(integrity)];
    return of === null || called === null || number === null
      ? null
      : ([`${of} ${called}`, hash === null ? String(number) : `${number} (${hash.slice(0, 12)})`] as const);
  }); // prettier-ignore
  return entries.includes(null) ? null : Object.fromEntries(entries as [string, string][]);
}

/** A component that isn't the same in all runs that use it. */
export interface VersionDifference {
  /** A stage's name, "data" or "model". */
  readonly part: string;
  /** e.g. "reward own-rule" */
  readonly component: string;
  readonly versions: readonly string[];
  /** It says what a response is worth, or which questions are asked: a difference between its versions may be taken for one between variants. */
  readonly measures: boolean;
}

/** Kinds of component that measure, wherever they are used. */
const MEASURING = /^(?:dataset|reward|judge|benchmark) /;

/** Which components' versions differ between runs; `stage`: the one that the metric is of. A component that only some use is a difference of settings. */
export function differentVersions(runs: readonly GridRun[], stage: string): VersionDifference[] {
  const found = new Map<string, { part: string; component: string; versions: Set<string> }>();
  for (const { part, versions } of runs.flatMap(partsOf))
    for (const [component, version] of Object.entries(versions ?? {})) {
      const one = found.get(`${part}/${component}`) ?? { part, component, versions: new Set() };
      one.versions.add(version);
      found.set(`${part}/${component}`, one);
    }
  return [...found.values()]
    .filter(({ versions }) => versions.size > 1)
    .map(({ part, component, versions }) => ({
      part,
      component,
      versions: [...versions].sort(),
      measures: part === stage || part === "data" || MEASURING.test(component),
    }));
}

/** A run that doesn't say the versions of what it measured with; undefined where all do. */
export function withoutVersions(runs: readonly GridRun[], stage: string): GridRun | undefined {
  return runs.find((run) => {
    const parts = partsOf(run).filter(({ part }) => part === stage || part === "data");
    return parts.length < 2 || parts.some(({ versions }) => versions === null);
  });
}

function partsOf({ provenance }: GridRun): { readonly part: string; readonly versions: Versions | null }[] {
  if (provenance === null) return [];
  return [
    { part: "data", versions: provenance.versions.data },
    { part: "model", versions: provenance.versions.model },
    ...provenance.stages.map(({ name, versions }) => ({ part: name, versions })),
  ];
}

/** "reward own-rule of evaluate: 1 and 2" */
export const versionText = ({ part, component, versions }: VersionDifference): string =>
  `${component} of ${part}: ${versions.join(" and ")}`;
