import * as tf from "@tensorflow/tfjs-core";
import type { KernelConfig, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { NodeBackend } from "./node-backend.ts";
import { TF } from "./types.ts";

type Inputs = Readonly<Record<string, TensorInfo | undefined>>;
type Numbers = Readonly<Record<string, number>>;

/** One op of packages/tensorflow/native/ops.cc as a kernel of tfjs: what it is given of the kernel's inputs and attributes, and how many outputs it has. */
interface NativeKernel {
  readonly name: string;
  readonly inputs: (given: Inputs, attributes: Numbers) => (TensorInfo | number | undefined)[];
  readonly attributes?: (attributes: Numbers) => Numbers;
  readonly outputs: number;
}

/** No mask. */
const noMask = () => tf.tensor1d([]); // [0]
const masked = ({ q, k, v, mask, offset }: Inputs, attributes: Numbers) => [q, k, v, mask, offset ?? attributes["offset"]!];
const scaled = ({ scale }: Numbers) => ({ scale: scale! });
const withEpsilon = ({ epsilon }: Numbers) => ({ epsilon: epsilon! });

const kernels: readonly NativeKernel[] = [
  { name: "RewardlabAttention", inputs: masked, attributes: scaled, outputs: 2 },
  {
    name: "RewardlabAttentionGrad",
    inputs: (given, attributes) => [...masked(given, attributes), given["out"], given["lse"], given["dOut"]],
    attributes: scaled,
    outputs: 3,
  },
  {
    name: "RewardlabAppendToCache",
    inputs: ({ cache, added, position }, attributes) => [cache, added, position ?? attributes["position"]!],
    outputs: 1,
  },
  { name: "RewardlabRmsNorm", inputs: ({ x, weight }) => [x, weight], attributes: withEpsilon, outputs: 1 },
  { name: "RewardlabRmsNormGrad", inputs: ({ x, weight, dy }) => [x, weight, dy], attributes: withEpsilon, outputs: 2 },
  { name: "RewardlabSwiglu", inputs: ({ gate, up }) => [gate, up], outputs: 1 },
  { name: "RewardlabSwigluGrad", inputs: ({ gate, up, dy }) => [gate, up, dy], outputs: 2 },
  {
    name: "RewardlabRope",
    inputs: ({ x, cos, sin }) => [x, cos, sin],
    attributes: ({ direction }) => ({ direction: direction! }),
    outputs: 1,
  },
  { name: "RewardlabTokenLogProbs", inputs: ({ logits, targets }) => [logits, targets], outputs: 2 },
  { name: "RewardlabTokenLogProbsGrad", inputs: ({ logits, targets, lse, dy }) => [logits, targets, lse, dy], outputs: 1 },
  { name: "RewardlabTokenEntropies", inputs: ({ logits }) => [logits], outputs: 2 },
  {
    name: "RewardlabTokenEntropiesGrad",
    inputs: ({ logits, entropies, lse, dy }) => [logits, entropies, lse, dy],
    outputs: 1,
  },
  {
    name: "RewardlabSampleTokens",
    inputs: ({ logits, uniforms }) => [logits, uniforms],
    attributes: ({ temperature }) => ({ temperature: temperature! }),
    outputs: 2,
  },
  {
    name: "RewardlabAdamW",
    inputs: ({ parameter, gradient, first, second, learningRate, step }, attributes) => [
      parameter,
      gradient,
      first,
      second,
      learningRate ?? tf.scalar(attributes["learningRate"]!),
      step ?? tf.scalar(attributes["step"]!),
    ],
    attributes: ({ beta1, beta2, epsilon, weightDecay }) => ({
      beta1: beta1!,
      rest1: 1 - beta1!,
      log1: Math.log(beta1!),
      beta2: beta2!,
      rest2: 1 - beta2!,
      log2: Math.log(beta2!),
      epsilon: epsilon!,
      weight_decay: weightDecay!,
    }),
    outputs: 3,
  },
];

/** The binding's own ops, on the CPU. Neither XLA nor a GPU knows them. */
export const nativeKernels: readonly KernelConfig[] = kernels.map(({ name, inputs, attributes, outputs }) => ({
  kernelName: name,
  backendName: "tensorflow",
  kernelFunc: ({ inputs: given, attrs, backend }) =>
    tf.tidy(() => {
      const numbers = (attrs ?? {}) as unknown as Numbers;
      const tensors = inputs(given as Inputs, numbers).map((one) =>
        one === undefined ? noMask() : typeof one === "number" ? tf.scalar(one, "int32") : one,
      );
      return (backend as NodeBackend).executeMultipleOutputs(
        name,
        Object.entries(attributes?.(numbers) ?? {}).map(([key, value]) => ({ name: key, type: TF.TF_ATTR_FLOAT, value })),
        tensors,
        outputs,
      );
    }) as Tensor[],
}));
