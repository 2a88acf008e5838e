import type { RemoteModel } from "../kinds.ts";
import type { Container } from "../plugin/container.ts";
import { checkRemote, isRemote, optimizerProblem } from "../plugin/remote-model.ts";
import { placedResolved } from "../plugin/resolved.ts";
import type { Resolved } from "../plugin/resolved.ts";
import type { Cell } from "./cell.ts";
import type { Experiment } from "./load.ts";
import { ExperimentError } from "./problems.ts";
import type { Problem } from "./problems.ts";
import { weightsAt } from "./remote.ts";
import { join } from "./resolve.ts";
import { needsOf } from "./seeds.ts";
import { nearest } from "./tree.ts";

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
