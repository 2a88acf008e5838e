import type { Resolved } from "../plugin/resolved.ts";
import type { Services } from "../plugin/service.ts";
import type { Tree } from "./tree.ts";

/** One variant of the method. */
export interface Cell {
  readonly name: string;
  readonly baseline: boolean;
  /** The cell that it is compared with; null for the baseline. */
  readonly against: string | null;
  /** What was written over the experiment for it, in order. */
  readonly overrides: readonly { readonly path: string; readonly value: unknown }[];
  /** The level of each factor, by the factor's name. */
  readonly levels: Readonly<Record<string, string>>;
  readonly engine: string;
  readonly model: Resolved<"model">;
  readonly data: Resolved<"dataset">;
  readonly stages: readonly { readonly name: string; readonly stage: Resolved<"stage"> }[];
  /** What is injected into its components, of what plugins bring, by the tokens' names. */
  readonly services: Services;
  /** All values with their origins. */
  readonly tree: Tree;
}
