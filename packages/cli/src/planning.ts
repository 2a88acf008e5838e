import { createContainer, Files, Metrics, Progress, Random, randomStream } from "@rewardlab/core";
import type { Cell, Container, Dataset, Experiment } from "@rewardlab/core";
import { join } from "node:path";

/** A container in which parts can be created to be asked about themselves: what they count and tell goes nowhere. */
export function planningContainer({ registry, folder }: Pick<Experiment, "registry" | "folder">, root: string): Container {
  const container = createContainer(registry).child();
  const silent = () => {};
  container.provide(Files, { folder, cache: join(root, "data") });
  container.provide(Progress, { update: silent, note: silent });
  container.provide(Metrics, { sum: silent, max: silent, share: silent });
  container.provide(Random, { stream: (name) => randomStream(0, name) });
  return container;
}

/** Makes each of an experiment's datasets once, however many cells have it. */
export function datasetsOf(experiment: Pick<Experiment, "registry" | "folder">, root: string): (cell: Cell) => Dataset {
  const container = planningContainer(experiment, root);
  const made = new Map<string, Dataset>();
  return ({ data }) => {
    const key = JSON.stringify([data.component.name, data.options]);
    const there = made.get(key) ?? container.create(data);
    made.set(key, there);
    return there;
  };
}
