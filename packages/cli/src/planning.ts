import { createContainer, Files, Metrics, Progress, Random, randomStream } from "@rewardlab/core";
import type { Container, Experiment } from "@rewardlab/core";
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
