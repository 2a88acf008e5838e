// The one file that knows the injection library. reflect-metadata must be imported before tsyringe.
import "reflect-metadata";
import { container as globalContainer } from "tsyringe";
import type { DependencyContainer } from "tsyringe";

export { instanceCachingFactory } from "tsyringe";
export type { DependencyContainer } from "tsyringe";

/** A container of its own: what is registered in it is nobody else's. */
export function emptyContainer(): DependencyContainer {
  return globalContainer.createChildContainer();
}
