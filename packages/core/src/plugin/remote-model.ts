import { InputError } from "@rewardlab/storage";
import type { Model, OptimizerDescription, RemoteModel } from "../kinds.ts";
import type { Resolved } from "./resolved.ts";

/** Whether a service holds the model's weights. */
export function isRemote(model: Model | RemoteModel): model is RemoteModel {
  return model.kind === "remote";
}

/** A model whose weights are here. Throws `InputError` for a remote one; `who` works with the weights themselves: "stages.merge". */
export function weightsHere(model: Model | RemoteModel, who: string): Model {
  if (!isRemote(model)) return model;
  throw new InputError(
    "RL_REMOTE",
    `${who}: works with the weights themselves, and the model's are with a service (${model.at}), expected a model that has them here`,
  );
}

/** Why a remote model's service can't make the steps of an optimizer; null where it can. */
export function optimizerProblem(
  description: OptimizerDescription | undefined,
  { at, optimizers }: Pick<RemoteModel, "at" | "optimizers">,
): string | null {
  if (description !== undefined && optimizers.includes(description.name)) return null;
  const given = description === undefined ? "its steps can be made here alone" : `is ${description.name}`;
  return `${given}, and the model's service (${at}) makes the steps; expected ${optimizers.join(", ")}`;
}

/** What only a model with its weights here has. */
const OF_WEIGHTS: readonly Exclude<keyof Model, keyof RemoteModel>[] = [
  "initialParameters",
  "load",
  "trains",
  "exportTo",
  "valueHead",
  "entropies",
];

/** A model is remote where its component says so (`weightsAt`), and nowhere else; a remote one has nothing that needs its weights. Throws `InputError`. */
export function checkRemote(model: Model | RemoteModel, { component, options }: Resolved<"model">): void {
  const at = component.weightsAt?.(options);
  const refuse = (problem: string) => new InputError("RL_REMOTE", `model ${component.name}: ${problem}`);
  if (!isRemote(model)) {
    if (at === undefined) return;
    throw refuse(`says that its weights are at ${at}, and made a model that has them here, expected one of kind "remote"`);
  }
  if (at === undefined)
    throw refuse(
      `made a remote model (${model.at}) and doesn't say so, expected weightsAt beside its options, which explain and check read`,
    );
  const asked = OF_WEIGHTS.find((name) => (model as object as Partial<Model>)[name] !== undefined);
  if (asked === undefined) return;
  const what =
    asked === "trains" ? "which of its parameters are frozen (trains)" : asked === "valueHead" ? "a value head" : asked;
  throw refuse(`is remote (${model.at}) and has ${what}, expected nothing that needs the weights here, where they are not`);
}
