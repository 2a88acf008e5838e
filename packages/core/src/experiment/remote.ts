import type { Resolved } from "../plugin/resolved.ts";
import type { Cell } from "./cell.ts";
import type { Problem } from "./problems.ts";
import { join } from "./resolve.ts";
import { needsOf } from "./seeds.ts";
import { checkRemote, isRemote, optimizerProblem } from "../plugin/remote-model.ts";
import type { Container } from "../plugin/container.ts";
import type { RemoteModel } from "../kinds.ts";
import { ExperimentError } from "./problems.ts";
import type { Experiment } from "./load.ts";
import { placedResolved } from "../plugin/resolved.ts";
import { nearest } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** Where the weights of a cell's model are, if a service holds them; null where they are here. */
export function weightsAt({ model }: Pick<Cell, "model">): string | null {
  return model.component.weightsAt?.(model.options) ?? null;
}

/**
 * Refuses what the service of a remote model can't do, before anything runs: an optimizer that it doesn't know, log-probabilities at a temperature at which it
 * gives none. `containerOf` gives a container in which the parts of a cell can be created to be asked.
 */
export function checkRemoteModels(
  { cells, source }: Pick<Experiment, "cells" | "source">,
  containerOf: (cell: Cell) => Container,
): void {
  const problems = cells.flatMap((cell) => {
    if (weightsAt(cell) === null) return [];
    const container = containerOf(cell);
    const model = container.create(cell.model, "model");
    checkRemote(model, cell.model);
    return isRemote(model) ? unserved(cell, model, container) : [];
  });
  if (problems.length > 0) throw new ExperimentError(source, problems);
}

function unserved({ stages, tree }: Cell, model: RemoteModel, container: Container): Problem[] {
  const { at, optimizers, temperature } = model;
  const told = (path: readonly (string | number)[], message: string): Problem => ({
    path: join("", path),
    message,
    origin: nearest(tree, path).origin,
  });
  return stages.flatMap(({ name, stage }) => {
    const place = ["stages", name];
    const ofOptimizers = placedResolved(stage, place).flatMap(({ resolved, place: where }) => {
      if (resolved.kind !== "optimizer") return [];
      const { description } = container.create(resolved as Resolved<"optimizer">, join("", where));
      const problem = optimizerProblem(description, { at, optimizers });
      return problem === null ? [] : [told(where, problem)];
    });
    const asked = needsOf(stage).logProbsAt;
    if (temperature === undefined || asked === undefined || asked.temperature === temperature) return ofOptimizers;
    const way = asked.option === undefined ? [] : asked.option.split(".");
    return [
      ...ofOptimizers,
      told(
        [...place, ...way],
        `log-probabilities at temperature ${asked.temperature} are asked for, and the model's service (${at}) gives them at ${temperature} alone; expected ${temperature}`,
      ),
    ];
  });
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
