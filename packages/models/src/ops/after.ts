import type { Tensor } from "@tensorflow/tfjs-core";
import { hasKernel, runKernel } from "@rewardlab/core";

/**
 * x, but not before `first` is there. In a compiled graph an operation runs as soon as its inputs are there, so what is made of large parts one after the
 * other would be made of all of them at once; where operations run in the order of the program this is x itself. Not differentiable. x [...] → [...]
 */
export function after<T extends Tensor>(x: T, first: Tensor | null): T {
  if (first === null || !hasKernel("RewardlabAfter")) return x;
  const [later] = runKernel("RewardlabAfter", { x, first });
  return later as T;
}
