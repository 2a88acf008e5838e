import type { Container } from "../plugin/container.ts";
import type { Cell } from "../experiment/cell.ts";
import { isResolved, plainResolved } from "../plugin/resolved.ts";
import type { Resolved } from "../plugin/resolved.ts";
import { lossCurves } from "../math/loss-curves.ts";
import type { LossCurve } from "../math/loss-curves.ts";
import type { PolicyLossParts } from "../math/policy-loss.ts";
import type { Registry } from "../plugin/registry.ts";
import { Metrics, MetricsCollector } from "../services/metrics.ts";
import { resolveSpec } from "./spec.ts";
import type { Specs } from "./spec.ts";

/** What `rewardlab explain --plot` draws: the ratio and the surrogate of a policy loss, each as written with its options. */
export interface LossSlots {
  readonly ratio: Resolved<"ratio">;
  readonly surrogate: Resolved<"surrogate">;
}

/** The policy losses of a cell, by stage: of every stage with a `loss: { ratio, surrogate }`. */
export function lossSlotsOf(cell: Cell): ReadonlyMap<string, LossSlots> {
  const found = cell.stages.flatMap(({ name, stage }): [string, LossSlots][] => {
    const { ratio, surrogate } = ((stage.options as { loss?: unknown }).loss ?? {}) as Partial<LossSlots>;
    return isResolved(ratio) && isResolved(surrogate) ? [[name, { ratio, surrogate }]] : [];
  });
  return new Map(found);
}

/** A slot's value as it may be written on the command line, after the flag named. Throws an `ExperimentError` where it is wrong. */
export function resolveSlot<K extends "ratio" | "surrogate">(registry: Registry, kind: K, text: string): Specs[K]["resolved"] {
  return resolveSpec(registry, kind, { file: `--${kind}`, text });
}

/** As in an experiment, with every default spelt out: `clip { low: 0.2, high: 0.2 }`. */
export function slotText(resolved: Resolved): string {
  const { use, ...options } = plainResolved(resolved);
  const written = Object.entries(options).map(
    ([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return written.length === 0 ? String(use) : `${String(use)} { ${written.join(", ")} }`;
}

/** The loss of one token over the importance ratio, one curve for each sign of the advantage. */
export function curvesOf(container: Container, slots: LossSlots, ratios: readonly number[]): LossCurve[] {
  const metrics = new MetricsCollector();
  const child = container.child();
  child.provide(Metrics, metrics);
  try {
    return lossCurves(child.fill(slots) as Pick<PolicyLossParts, "ratio" | "surrogate">, ratios);
  } finally {
    metrics.take();
  }
}
