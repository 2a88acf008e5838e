import type { Tensor } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import type { Parameters } from "@rewardlab/core";

/** The parameter `part.name` as `weightsOf(parameters, part)(name)`. One that is missing is an error that names it. */
export function weightsOf(parameters: Parameters, part: string): <T extends Tensor>(name: string) => T {
  return <T extends Tensor>(name: string) => {
    const full = `${part}.${name}`;
    const weight = parameters[full];
    if (weight !== undefined) return weight as T;
    throw new InputError(
      "RL_PARAMETER",
      `model: there is no parameter ${full} among ${Object.keys(parameters).join(", ") || "none"}`,
    );
  };
}
