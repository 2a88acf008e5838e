import { memoryIssues } from "../plugin/feasible.ts";
import type { Problem } from "./problems.ts";
import { join } from "./resolve.ts";
import type { Resolved } from "../plugin/resolved.ts";
import { nearest } from "./tree.ts";
import type { Tree } from "./tree.ts";

/**
 * Batches of prompts that this model can't be shown, by the least that it says a prompt takes: what neither stage nor model can see alone.
 * `trees`: the stages as they are written, by name.
 */
export function batchProblems(
  model: Resolved<"model">,
  stages: readonly { readonly name: string; readonly stage: Resolved<"stage"> }[],
  trees: ReadonlyMap<string, Tree>,
): Problem[] {
  const bytes = model.component.bytesPerPrompt?.(model.options);
  if (bytes === undefined) return [];
  return stages.flatMap(({ name, stage }) =>
    (stage.component.promptsAtOnce?.(stage.options) ?? []).flatMap(({ path, prompts }) =>
      memoryIssues(path, prompts * bytes, `${prompts} prompts at a time, as ${model.component.name} reads them`).map((issue) => ({
        ...issue,
        path: join(`stages.${name}`, issue.path),
        origin: nearest(trees.get(name)!, issue.path).origin,
      })),
    ),
  );
}
