import type { Resolved } from "../plugin/resolved.ts";
import type { Cell } from "./cell.ts";
import type { Problem } from "./problems.ts";
import { join } from "./resolve.ts";
import { needsOf } from "./seeds.ts";
import { nearest } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** Where the weights of a cell's model are, if a service holds them; null where they are here. */
export function weightsAt({ model }: Pick<Cell, "model">): string | null {
  return model.component.weightsAt?.(model.options) ?? null;
}

/** A critic is a head on the policy's own layers, and entropies are of whole distributions: stages that ask for them of a remote model. */
export function remoteProblems(
  model: Resolved<"model">,
  stages: readonly { readonly name: string; readonly stage: Resolved<"stage"> }[],
  trees: ReadonlyMap<string, Tree>,
): Problem[] {
  const at = weightsAt({ model });
  if (at === null) return [];
  return stages.flatMap(({ name, stage }) => {
    const { valueHead, entropies } = needsOf(stage);
    const refused = (option: string | true | undefined, what: string, lacks: string): Problem[] => {
      if (option === undefined) return [];
      const path = option === true ? [] : option.split(".");
      const other = option === true ? "" : `${option}: null, or `;
      const message = `needs ${what}, and the weights of the model ${model.component.name} are with a service (${at}), which ${lacks}; expected ${other}a model that has its weights here`;
      return [{ path: join(`stages.${name}`, path), message, origin: nearest(trees.get(name)!, path).origin }];
    };
    return [
      ...refused(valueHead, "a value head", "has none"),
      ...refused(entropies, "the entropies of its distributions", "doesn't tell them"),
    ];
  });
}
