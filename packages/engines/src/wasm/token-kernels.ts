import { expectShape, sizeOf } from "./module.ts";
import type { WasmKernel, WasmModule } from "./module.ts";

/** Log-probability of a target token and entropy, from logits [..., V], each with its gradient. */
export function tokenKernels(wasm: WasmModule): WasmKernel[] {
  const { kernels, pointer, output } = wasm;
  return [
    {
      name: "RewardlabTokenLogProbs", // logits [..., V], targets int32 [...] → logProbs [...], lse [...]
      run({ logits, targets }) {
        const [shape, vocabulary] = [logits!.shape.slice(0, -1), logits!.shape.at(-1)!];
        expectShape("RewardlabTokenLogProbs", "logits", logits!, logits!.shape);
        expectShape("RewardlabTokenLogProbs", "targets", targets!, shape, "int32");
        const [logProbs, lse] = [output(shape), output(shape)];
        const outside = kernels.tokenLogProbs(...[logits, targets, logProbs, lse].map(pointer), sizeOf(shape), vocabulary);
        if (outside > 0)
          throw new Error(`RewardlabTokenLogProbs: ${outside} of ${sizeOf(shape)} targets are not in [0, ${vocabulary})`);
        return [logProbs, lse];
      },
    },
    {
      name: "RewardlabTokenLogProbsGrad", // and lse, dy [...] → dLogits [..., V]
      run({ logits, targets, lse, dy }) {
        const [shape, vocabulary] = [logits!.shape.slice(0, -1), logits!.shape.at(-1)!];
        expectShape("RewardlabTokenLogProbsGrad", "dy", dy!, shape);
        expectShape("RewardlabTokenLogProbsGrad", "lse", lse!, shape);
        const dLogits = output(logits!.shape);
        kernels.tokenLogProbsGrad(...[logits, targets, lse, dy, dLogits].map(pointer), sizeOf(shape), vocabulary);
        return dLogits;
      },
    },
    {
      name: "RewardlabTokenEntropies", // logits [..., V] → entropies [...], lse [...]
      run({ logits }) {
        const [shape, vocabulary] = [logits!.shape.slice(0, -1), logits!.shape.at(-1)!];
        expectShape("RewardlabTokenEntropies", "logits", logits!, logits!.shape);
        const [entropies, lse] = [output(shape), output(shape)];
        kernels.tokenEntropies(...[logits, entropies, lse].map(pointer), sizeOf(shape), vocabulary);
        return [entropies, lse];
      },
    },
    {
      name: "RewardlabTokenEntropiesGrad", // and entropies, lse, dy [...] → dLogits [..., V]
      run({ logits, entropies, lse, dy }) {
        const [shape, vocabulary] = [logits!.shape.slice(0, -1), logits!.shape.at(-1)!];
        expectShape("RewardlabTokenEntropiesGrad", "dy", dy!, shape);
        expectShape("RewardlabTokenEntropiesGrad", "entropies", entropies!, shape);
        expectShape("RewardlabTokenEntropiesGrad", "lse", lse!, shape);
        const dLogits = output(logits!.shape);
        kernels.tokenEntropiesGrad(...[logits, entropies, lse, dy, dLogits].map(pointer), sizeOf(shape), vocabulary);
        return dLogits;
      },
    },
  ];
}
