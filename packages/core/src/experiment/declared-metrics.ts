import type { Component } from "../plugin/component.ts";
import type { DeclaredMetric, MetricDeclaration, MetricSource } from "../services/metric-declaration.ts";
import { stepLabels } from "../plugin/chain.ts";
import type { Cell } from "./cell.ts";
import { isResolved } from "../plugin/resolved.ts";
import type { Resolved } from "../plugin/resolved.ts";

/** A resolved component, and where it stands below the outermost. */
interface Placed {
  readonly resolved: Resolved;
  readonly at: readonly string[];
}

/** All that a resolved component is made of, itself first, with places as overrides name them: steps of chains by name. */
export function placedIn(resolved: Resolved, at: readonly string[] = []): Placed[] {
  const inside = (value: unknown, place: readonly string[]): Placed[] => {
    if (isResolved(value)) return placedIn(value, place);
    if (Array.isArray(value)) {
      const keys = value.every(isResolved) ? stepLabels(value.map(({ component }) => component.name)) : Object.keys(value);
      return value.flatMap((item, index) => inside(item, [...place, keys[index]!]));
    }
    if (typeof value === "object" && value !== null)
      return Object.entries(value).flatMap(([key, item]) => inside(item, [...place, key]));
    return [];
  };
  return [{ resolved, at }, ...inside(resolved.options, at)];
}

/** What a component and those in its slots say of the metrics that they record, by name, with their options filled in: of a stage, what metrics.json says of it. */
export function declaredMetrics(stage: Resolved): Record<string, DeclaredMetric> {
  const { component: outermost } = stage;
  const parts = outermost.kind === "stage" ? (outermost.idleParts?.(stage.options) ?? []) : [];
  const idle = new Map(parts.map(({ path, because }) => [path.join("."), because]));
  const found = new Map<string, DeclaredMetric>();
  for (const { resolved, at } of placedIn(stage)) {
    const { kind, component, options } = resolved;
    const because = idle.get(at.join("."));
    const source: MetricSource = {
      kind,
      name: component.name,
      at: at.join("."),
      ...(because === undefined ? {} : { idle: because }),
    };
    for (const [name, declaration] of Object.entries(component.metrics ?? {}))
      for (const [own, filled] of Object.entries(filledIn(name, declaration, options, source))) {
        const before = found.get(own);
        found.set(own, before === undefined ? filled : joined(before, filled));
      }
  }
  return Object.fromEntries(found);
}

/** The declarations of each stage that records anything, by its name. */
export function metricsOfStages({ stages }: Pick<Cell, "stages">): Record<string, Record<string, DeclaredMetric>> {
  const all = stages.map(({ name, stage }) => [name, declaredMetrics(stage)] as const);
  return Object.fromEntries(all.filter(([, metrics]) => Object.keys(metrics).length > 0));
}

function filledIn(
  name: string,
  { parts, unit: own, meaning, zero, ...rest }: MetricDeclaration,
  options: unknown,
  source: MetricSource,
): Record<string, DeclaredMetric> {
  const text = <T>(given: string | ((options: unknown) => T)) => (typeof given === "string" ? given : given(options));
  const unit: DeclaredMetric["unit"] = own ?? "number";
  const whole = { ...rest, unit, by: [source] };
  if (parts === undefined)
    return { [name]: { ...whole, meaning: text(meaning), ...zeroText(zero === undefined ? null : text(zero)) } };
  return Object.fromEntries(
    Object.entries(parts(options)).map(([key, part]) => [
      `${name}.${key}`,
      { ...whole, title: `${rest.title}: ${key}`, unit: part.unit ?? unit, meaning: part.meaning },
    ]),
  );
}

const zeroText = (zero: string | null) => (zero === null ? {} : { zero });

/** Of the same name. Where one component stands there twice with other options, both meanings are told. */
function joined(first: DeclaredMetric, second: DeclaredMetric): DeclaredMetric {
  const texts = [first.meaning, second.meaning];
  return { ...first, meaning: [...new Set(texts)].join(" / "), by: [...first.by, ...second.by] };
}

/** A declaration without an experiment around it: what it means is null where that depends on options that have no default and weren't given. */
export interface MetricDescription extends Omit<DeclaredMetric, "by" | "meaning" | "zero"> {
  readonly name: string;
  readonly meaning: string | null;
}

/** What a component records, told for its default options or those given. */
export function describedMetrics({ metrics = {}, options }: Component, given: object = {}): MetricDescription[] {
  const parsed = options.safeParse(given);
  return Object.entries(metrics).map(([name, { meaning, zero: _zero, parts: _parts, unit, ...rest }]) => ({
    name,
    ...rest,
    unit: unit ?? "number",
    meaning: typeof meaning === "string" ? meaning : parsed.success ? meaning(parsed.data) : null,
  }));
}

/** Components used together that record different things under one name: its column mixes them. */
export interface MetricClash {
  readonly stage: string;
  readonly metric: string;
  /** Each with what it says, "ratio clamped: Clamped tokens (share of tokens). Tokens whose…". */
  readonly said: readonly string[];
}

/** The clashes of a cell. A component that stands there twice doesn't clash with itself. */
export function metricClashes({ stages }: Pick<Cell, "stages">): MetricClash[] {
  return stages.flatMap(({ name: stage, stage: resolved }) => {
    const declared = new Map<string, Map<string, string>>();
    const seen = new Set<string>();
    for (const { resolved: one } of placedIn(resolved)) {
      const who = `${one.kind} ${one.component.name}`;
      if (seen.has(who)) continue;
      seen.add(who);
      for (const [metric, declaration] of Object.entries(one.component.metrics ?? {})) {
        const said = declared.get(metric) ?? new Map<string, string>();
        const what = saying(declaration, one.options);
        if (!said.has(what)) said.set(what, who);
        declared.set(metric, said);
      }
    }
    return [...declared]
      .filter(([, said]) => said.size > 1)
      .map(([metric, said]) => ({ stage, metric, said: [...said].map(([what, who]) => `${who}: ${what}`) }));
  });
}

function saying({ title, unit, of, meaning }: MetricDeclaration, options: unknown): string {
  const what = unit === undefined ? "" : ` (${unit}${of === undefined ? "" : ` of ${of}`})`;
  return `${title}${what}. ${typeof meaning === "string" ? meaning : meaning(options)}`;
}
