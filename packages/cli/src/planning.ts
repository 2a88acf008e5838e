import { Files, Metrics, Progress, Random, randomStream } from "@rewardlab/core";
import { createContainer, plainCell } from "@rewardlab/core/host";
import type { Dataset } from "@rewardlab/core";
import type { Cell, Container, Experiment } from "@rewardlab/core/host";
import { join } from "node:path";
import { untilTheEnd } from "./containers.ts";

/** A container in which parts can be created to be asked about themselves: what they count and tell goes nowhere. */
export function planningContainer({ registry, folder }: Pick<Experiment, "registry" | "folder">, root: string): Container {
  const container = untilTheEnd(createContainer(registry)).child();
  const silent = () => {};
  container.provide(Files, { folder, cache: join(root, "data") });
  container.provide(Progress, { update: silent, note: silent });
  container.provide(Metrics, { sum: silent, max: silent, share: silent });
  container.provide(Random, { stream: (name) => randomStream(0, name) });
  return container;
}

/** The same for the parts of one cell, with its services, which are made only where a part is injected one. */
export function planningOf(container: Container, { services }: Cell): Container {
  const { Progress: _untold, ...others } = services;
  return container.child(others);
}

/** Gives such a container for any cell of an experiment. */
export function planningCells(experiment: Pick<Experiment, "registry" | "folder">, root: string): (cell: Cell) => Container {
  const container = planningContainer(experiment, root);
  return (cell) => planningOf(container, cell);
}

/** Makes each of an experiment's datasets once, however many cells have it. */
export function datasetsOf(experiment: Pick<Experiment, "registry" | "folder">, root: string): (cell: Cell) => Dataset {
  const container = planningContainer(experiment, root);
  const made = new Map<string, Dataset>();
  return (cell) => {
    const key = JSON.stringify([cell.data.component.name, cell.data.options, plainCell("", cell)["services"]]);
    const there = made.get(key) ?? planningOf(container, cell).create(cell.data);
    made.set(key, there);
    return there;
  };
}
