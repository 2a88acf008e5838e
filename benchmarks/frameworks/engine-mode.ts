import { buildRegistry, createContainer } from "@rewardlab/core/host";
import type { Compiler } from "@rewardlab/core";
import engines, { startEngine } from "@rewardlab/engines";
import * as tf from "@tensorflow/tfjs-core";

export type Mode = "eager" | "graph" | "xla";

/** An engine that is the current backend, and what makes functions of tensors fast on it. */
export interface StartedEngine extends Compiler {
  readonly detail: string;
  readonly mode: Mode;
}

/** Starts `tensorflow` with functions as graphs, compiled by XLA, or as they are; another engine as it is. */
export async function startEngineIn(name: string, mode: Mode): Promise<StartedEngine> {
  tf.env().set("PROD", true);
  const registry = buildRegistry([{ plugin: engines, version: "", integrity: null }]);
  const report = await startEngine(mode === "xla" ? `${name}-xla` : name, registry, createContainer(registry));
  if (!report.available) throw new Error(`engine ${name}: ${report.detail}`);
  const detail = withoutFolder(report.detail);
  if (mode === "eager") return { detail, mode, compiles: false, compile: (fn) => fn };
  if (report.compiler === undefined) throw new Error(`engine ${name}: it compiles no functions`);
  return { detail, mode, ...report.compiler };
}

/** Folders are a machine's own affair. */
export function withoutFolder(detail: string): string {
  return detail.replace(/ \([^)]*[/\\][^)]*\)$/, "");
}
