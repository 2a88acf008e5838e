import type { RunRequest } from "./request.ts";
import { join } from "node:path";
import { contentHash, identityOf, plainCell } from "../experiment/describe.ts";
import type { Experiment } from "../experiment/load.ts";
import type { Cell } from "../experiment/cell.ts";
import type { Resolved } from "../plugin/resolved.ts";
import { missingSplits } from "../experiment/splits.ts";
import { fixedSeed, needsOf, stageSeeds } from "../experiment/seeds.ts";
import { InputError } from "@rewardlab/storage";
import type { Dataset, Model, RemoteModel } from "../kinds.ts";
import { isRemote } from "../plugin/remote-model.ts";
import { artefactName } from "./artefact.ts";
import { artefactsFolder, runFolder } from "./layout.ts";

/** What a run would do about one of its stages. */
export interface StagePlan {
  readonly name: string;
  readonly stage: Resolved<"stage">;
  readonly seed: number;
  /** Content hash of all that the stage's result depends on. */
  readonly key: string;
  readonly folder: string;
}

/** Folder and content hash of each stage. A key holds the key of the stage before, so it stands for everything upstream. */
export function planStages(
  { cell, seed, root, experiment }: Pick<RunRequest, "cell" | "seed" | "root" | "experiment">,
  data: Dataset,
  { hash }: Pick<Model, "hash">,
): StagePlan[] {
  const { registry } = experiment;
  let upstream = contentHash({
    model: identityOf(cell.model, registry, cell.services),
    data: [identityOf(cell.data, registry, cell.services), data.hash],
    ...(hash === undefined ? {} : { weights: hash }),
  });
  const seeds = stageSeeds(experiment.seedLevels, cell, seed);
  let runFolderTaken = false;
  return cell.stages.map(({ name, stage }) => {
    const stageSeed = seeds.get(name)!.drawn;
    const key = contentHash({ upstream, stage: identityOf(stage, registry, cell.services), name, seed: stageSeed });
    upstream = key;
    const inRun = stage.component.keeps === "run";
    const own = runFolder(root, cell.name, seed);
    const folder = !inRun ? join(artefactsFolder(root), artefactName(name, key)) : runFolderTaken ? join(own, name) : own;
    if (inRun) runFolderTaken = true;
    return { name, stage, seed: stageSeed, key, folder };
  });
}

/** What a stage needs and isn't there is found before the first stage, not after hours of training. */
export function checkNeeds(plans: readonly StagePlan[], model: Model | RemoteModel, data: Dataset): void {
  const [missing] = missingSplits({ stages: plans }, data);
  if (missing) throw new InputError("RL_SPLIT", `${missing.path.join(".")}: ${missing.message}`);
  for (const { name, stage } of plans) {
    const { valueHead, entropies } = needsOf(stage);
    if (valueHead !== undefined && !isRemote(model) && !model.valueHead)
      throw new InputError(
        "RL_NO_VALUE_HEAD",
        valueHead === true
          ? `stages.${name}: the model has no value head, expected one that has`
          : `stages.${name}.${valueHead}: the model has no value head, expected one that has, or ${valueHead}: null`,
      );
    if (entropies !== undefined && !isRemote(model) && !model.entropies)
      throw new InputError(
        "RL_NO_ENTROPIES",
        `stages.${name}.${entropies}: the model doesn't tell the entropies of its distributions, expected one that does, or ${entropies}: null`,
      );
  }
}

/** Changes where anything about a run does, as it is resolved. */
export function runKey(experiment: Experiment, cell: Cell, seed: number): string {
  const identities = [cell.model, cell.data, ...cell.stages.map(({ stage }) => stage)].map((resolved) =>
    identityOf(resolved, experiment.registry, cell.services),
  );
  const stages = Object.fromEntries(
    cell.stages.flatMap(({ name, stage }) => {
      const { drawn } = stageSeeds(experiment.seedLevels, cell, seed).get(name)!;
      return drawn === (fixedSeed(stage) ?? seed) ? [] : [[name, drawn]];
    }),
  );
  const apart = Object.keys(stages).length === 0 ? {} : { stages }; // absent where each stage has the run's seed, however that was written
  return contentHash({ cell: plainCell(experiment.name, cell), identities, seed, ...apart });
}
