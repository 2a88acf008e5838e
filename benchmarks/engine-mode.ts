import { buildRegistry, createContainer } from "@rewardlab/core";
import engines, * as exported from "@rewardlab/engines";
import * as tf from "@tensorflow/tfjs-core";

export type Mode = "eager" | "graph" | "xla";
type Compile = <A extends readonly unknown[], R>(fn: (...args: A) => R, mode: "graph" | "xla") => (...args: A) => R;

/** An engine that is the current backend, and what makes functions of tensors fast on it. */
export interface StartedEngine {
  readonly detail: string;
  readonly mode: Mode;
  /** `fn` compiled as the mode says; itself where the mode is eager. What changes from call to call must be a tensor. */
  compile<A extends readonly unknown[], R>(fn: (...args: A) => R): (...args: A) => R;
}

export async function startEngineIn(name: string, mode: Mode): Promise<StartedEngine> {
  tf.env().set("PROD", true);
  const registry = buildRegistry([{ plugin: engines, version: "", integrity: null }]);
  const report = await exported.startEngine(name, registry, createContainer(registry));
  if (!report.available) throw new Error(`engine ${name}: ${report.detail}`);
  const compileFunction = (exported as unknown as { readonly compileFunction?: Compile }).compileFunction;
  if (mode !== "eager" && compileFunction === undefined)
    throw new Error(`engine ${name}: this version of @rewardlab/engines compiles no functions`);
  return {
    detail: report.detail,
    mode,
    compile: (fn) => (mode === "eager" ? fn : compileFunction!(fn, mode)),
  };
}
