import type { OpAttribute, TensorMetadata } from "@rewardlab/tensorflow";
import type { DataId, KernelBackend, Tensor, TensorInfo } from "@tensorflow/tfjs-core";

/** What tfjs-node's backend keeps of a tensor: values that TensorFlow hasn't seen yet, or the number of a tensor it has. */
export interface TensorData {
  readonly shape: number[];
  readonly dtype: number;
  values: unknown;
  id: number;
  refCount: number;
}

/** The parts of tfjs-node's NodeJSKernelBackend that are used here. */
export interface NodeBackend extends KernelBackend {
  readonly tensorMap: { get(id: DataId): TensorData; has(id: DataId): boolean };
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
  executeSingleOutput(name: string, attributes: readonly OpAttribute[], inputs: readonly TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
}

/** From this number on a tensor is a symbol: an output of a node in a graph that is being traced, without a value. */
export const FIRST_SYMBOL = 2 ** 40;
