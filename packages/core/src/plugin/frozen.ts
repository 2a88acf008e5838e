import type { Model, Parameters } from "../kinds.ts";

/** Which parameters are trained, by name. */
export type Trains = (name: string) => boolean;

/** A critic's head always is. */
export function trainsOf(model: Model): Trains {
  return (name) => name.startsWith("value.") || (model.trains?.(name) ?? true);
}

/** The same parameters as tensors of their own, which the caller frees; the values are shared, not copied. */
export function copyOf(parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tensor.clone()]));
}

/**
 * Parameters that are kept with what a stage makes. Of a model that reads its weights from files those that train: the others are what the files say, which
 * `Model.hash` stands for, and a base of gigabytes isn't written again with every checkpoint. Of any other model all.
 */
export function keptNames(model: Model): Trains {
  return model.load !== undefined && model.trains !== undefined ? trainsOf(model) : () => true;
}

/** The kept ones of a policy: the same tensors. */
export function keptPart(parameters: Parameters, kept: Trains): Parameters {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => kept(name)));
}

/** What was kept, which becomes the result's, with the rest of the policy before it, whose values are shared and not copied. */
export function withTheRest(own: Parameters, policy: Parameters, kept: Trains): Parameters {
  return { ...copyOf(keptPart(policy, (name) => !kept(name))), ...own };
}
