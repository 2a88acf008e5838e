import { roleOf } from "./request.ts";
import type { RunRequest, StartedEngine } from "./request.ts";
import type { StagePlan } from "./plans.ts";
import { versionsOf } from "../experiment/describe.ts";
import { stageSeeds } from "../experiment/seeds.ts";
import type { Dataset, Model, RemoteModel } from "../kinds.ts";
import { isRemote } from "../plugin/remote-model.ts";
import { plainService } from "../plugin/resolved.ts";

/** What a run was made with. */
export function provenance(
  { experiment, cell, seed }: RunRequest,
  engine: StartedEngine,
  { model, data }: { readonly model: Model | RemoteModel; readonly data: Dataset },
  plans: readonly StagePlan[],
): unknown {
  const { registry } = experiment;
  return {
    experiment: experiment.name,
    cell: cell.name,
    seed,
    seeds: Object.fromEntries([...stageSeeds(experiment.seedLevels, cell, seed)].map(([stage, { written }]) => [stage, written])),
    engine: {
      name: engine.name,
      detail: engine.detail,
      passedOver: (engine.passedOver ?? []).map(({ name, detail }) => ({ name, detail })),
    },
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    plugins: registry.plugins.map(({ plugin, version, integrity, code }) => ({ name: plugin.name, version, integrity, ...code })),
    services: Object.fromEntries(
      Object.entries(cell.services).map(([token, one]) => [
        token,
        {
          service: plainService(one),
          package: registry.ownerOfService(one.service) ?? null,
          version: one.service.version,
          scope: one.service.scope,
        },
      ]),
    ),
    data: data.hash,
    ...(data.details === undefined ? {} : { dataDetails: data.details }),
    ...(isRemote(model) ? { weightsAt: model.at } : {}),
    versions: { model: versionsOf(cell.model, registry, cell.services), data: versionsOf(cell.data, registry, cell.services) },
    stages: plans.map(({ name, stage, key, seed: stageSeed }) => ({
      name,
      use: stage.component.name,
      role: roleOf(stage),
      key,
      seed: stageSeed,
      versions: versionsOf(stage, registry, cell.services),
    })),
  };
}
