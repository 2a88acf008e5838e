import type { BackendValues, DataId, DataType, KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";

// The parts of npm's `webgpu` and of tfjs's backend that are used here; neither package need be installed.

export interface Dawn {
  readonly create: (flags: string[]) => Gpu;
  readonly globals: object;
}
interface Gpu {
  requestAdapter(options: object): Promise<Adapter | null>;
}
export interface Adapter {
  readonly info: { readonly [what in "description" | "device" | "vendor" | "architecture"]: string };
}

export interface GpuBuffer {
  readonly size: number;
  readonly mapState: "unmapped" | "pending" | "mapped";
  mapAsync(mode: number): Promise<void>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
}
export interface GpuDevice {
  addEventListener(type: "uncapturederror", listener: (event: { readonly error: { readonly message: string } }) => void): void;
}

/** A shader of tfjs's, to be: what it computes, of which shape, and in how many workgroups. */
export interface ShaderProgram {
  readonly variableNames: readonly string[];
  readonly outputShape: readonly number[];
  readonly workgroupSize: readonly [number, number, number];
  readonly dispatchLayout: { readonly x: readonly number[] };
  dispatch: readonly [number, number, number];
  /** Whether `uniforms.size` is there. */
  readonly size: boolean;
  shaderKey: string;
  getUserCode(): string;
}

/** What tfjs's WebGPU backend is made of, as far as it is used here. */
export interface WebgpuBackend extends KernelBackend {
  readonly device: GpuDevice;
  readonly tensorMap: { get(dataId: DataId): TensorData };
  readonly bufferManager: {
    acquireBuffer(size: number, usage: number): GpuBuffer;
    releaseBuffer(buffer: GpuBuffer): void;
  };
  readonly commandEncoder: { copyBufferToBuffer(from: GpuBuffer, at: number, to: GpuBuffer, toAt: number, size: number): void };
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  runWebGPUProgram(program: ShaderProgram, inputs: readonly TensorInfo[], dtype: DataType, ...more: unknown[]): TensorInfo;
}
interface TensorData {
  readonly dtype: DataType;
  readonly shape: number[];
  readonly resource?: GpuBuffer;
  values?: BackendValues;
}
