import { broadcast_util } from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf } from "./module.ts";
import type { WasmKernel, WasmModule } from "./module.ts";

/** Matrix products in any transposition and batch broadcasting; tfjs's own are slow unless both matrices are plain and alone. */
export function matMulKernels(wasm: WasmModule): WasmKernel[] {
  return [
    {
      name: "BatchMatMul",
      run: ({ a, b }, { transposeA, transposeB }) => batchMatMul(wasm, a!, b!, transposeA === true, transposeB === true),
    },
    {
      name: "_FusedMatMul",
      run({ a, b, bias, preluActivationWeights }, { transposeA, transposeB, activation }) {
        if (bias != null || preluActivationWeights != null || (activation ?? "linear") !== "linear") return undefined;
        return batchMatMul(wasm, a!, b!, transposeA === true, transposeB === true);
      },
    },
  ];
}

/** A [..., m, k] · B [..., k, n] → [..., m, n] */
function batchMatMul(
  wasm: WasmModule,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): TensorInfo | undefined {
  if (a.dtype !== "float32" || b.dtype !== "float32") return undefined; // tfjs's own says what is wrong
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [kOfB, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (k !== kOfB)
    throw new Error(
      `BatchMatMul: inner sizes differ, [${a.shape.join(", ")}] and [${b.shape.join(", ")}]${transposeA ? ", A transposed" : ""}${transposeB ? ", B transposed" : ""}`,
    );
  const aBatch = a.shape.slice(0, -2);
  const bBatch = b.shape.slice(0, -2);
  const batch = broadcast_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const out = wasm.output([...batch, m, n]);
  if (sizeOf(out.shape) === 0) return out;

  const { kernels } = wasm;
  const scratch = wasm.scratch(kernels.matMulScratch());
  const aStrides = transposeA ? [4, m * 4] : [k * 4, 4];
  const bStrides = transposeB ? [4, k * 4] : [n * 4, 4];
  const multiply = (aAt: number, aStep: number, bAt: number, bStep: number, outAt: number, count: number, rows = m) =>
    kernels.batchMatMul(aAt, aStep, ...aStrides, bAt, bStep, ...bStrides, outAt, count, rows, n, k, scratch);

  const count = sizeOf(batch);
  const [aCount, bCount] = [sizeOf(aBatch), sizeOf(bBatch)];
  const [aAt, bAt, outAt] = [wasm.pointer(a), wasm.pointer(b), wasm.pointer(out)];
  if (bCount === 1 && !transposeA && aCount === count) {
    multiply(aAt, 0, bAt, 0, outAt, 1, count * m); // one tall matrix
  } else if ((aCount === count || aCount === 1) && (bCount === count || bCount === 1)) {
    multiply(aAt, aCount === 1 ? 0 : m * k * 4, bAt, bCount === 1 ? 0 : n * k * 4, outAt, count);
  } else {
    for (let i = 0; i < count; i++) {
      multiply(
        aAt + sourceIndex(i, batch, aBatch) * m * k * 4,
        0,
        bAt + sourceIndex(i, batch, bBatch) * n * k * 4,
        0,
        outAt + i * m * n * 4,
        1,
      );
    }
  }
  return out;
}

/** Which matrix of a batch `shape`, broadcast to `batch`, is the i-th. */
function sourceIndex(i: number, batch: readonly number[], shape: readonly number[]): number {
  let index = 0;
  let stride = 1;
  let rest = i;
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    const position = rest % batch[axis]!;
    rest = Math.floor(rest / batch[axis]!);
    const size = shape[axis - batch.length + shape.length];
    if (size === undefined) break;
    if (size > 1) index += position * stride;
    stride *= size;
  }
  return index;
}
