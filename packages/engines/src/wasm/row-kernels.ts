import { backend_util, slice_util, util } from "@tensorflow/tfjs-core";
import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { expectShape, sizeOf } from "./module.ts";
import type { WasmKernel, WasmModule } from "./module.ts";

/**
 * Kernels that move values without changing them. tfjs's Slice copies the whole tensor to JavaScript first, its Identity (every tensor
 * saved for a gradient) copies, its Gather and Tile go element by element, and it has no UnsortedSegmentSum. Its Select spoils
 * the memory where it chooses between truth values.
 */
export function rowKernels(wasm: WasmModule): WasmKernel[] {
  const { kernels, pointer, output } = wasm;
  return [
    { name: "Identity", run: ({ x }) => (x!.dtype === "string" ? undefined : wasm.share(x!)) },
    { name: "Cast", run: ({ x }, { dtype }) => (x!.dtype === dtype && dtype !== "string" ? wasm.share(x!) : undefined) },
    {
      name: "Select", // tf.where. tfjs's takes truth values for floats, and writes beyond the end of the memory that they have
      run({ condition, t, e }) {
        if (t!.dtype !== "bool") return undefined;
        const y = output(t!.shape, "bool");
        const valuesOf = (tensor: TensorInfo) => wasm.backend.typedArrayFromHeap(tensor as Tensor);
        const [chosen, yes, no, to] = [valuesOf(condition!), valuesOf(t!), valuesOf(e!), valuesOf(y)];
        const each = to.length / Math.max(chosen.length, 1); // a condition of one axis chooses rows
        for (let i = 0; i < to.length; i++) to[i] = (chosen[Math.floor(i / each)] ? yes : no)[i]!;
        return y;
      },
    },
    {
      name: "GatherV2",
      run({ x, indices }, { axis, batchDims }) {
        if (Number(axis) !== 0 || (batchDims ?? 0) !== 0 || indices!.dtype !== "int32" || elementBytes(x!) !== 4)
          return undefined;
        const count = x!.shape[0]!;
        const row = x!.shape.slice(1);
        const y = output([...indices!.shape, ...row], x!.dtype);
        const ids = sizeOf(indices!.shape);
        const outside = kernels.gatherRows(...[x, indices, y].map(pointer), ids, count, sizeOf(row) * 4);
        if (outside > 0) throw new Error(`GatherV2: ${outside} of ${ids} indices are not in [0, ${count})`);
        return y;
      },
    },
    {
      name: "UnsortedSegmentSum", // x [ids..., D...], segmentIds [ids...] → [numSegments, D...]
      run({ x, segmentIds }, { numSegments }) {
        const ids = segmentIds!.shape;
        expectShape("UnsortedSegmentSum", "segmentIds", segmentIds!, x!.shape.slice(0, ids.length), "int32");
        expectShape("UnsortedSegmentSum", "x", x!, x!.shape);
        const row = x!.shape.slice(ids.length);
        const y = output([Number(numSegments), ...row]);
        kernels.segmentSum(...[x, segmentIds, y].map(pointer), sizeOf(ids), Number(numSegments), sizeOf(row));
        return y;
      },
    },
    {
      name: "Slice",
      run({ x }, { begin, size }) {
        if (elementBytes(x!) === 0) return undefined;
        const [from, sizes] = slice_util.parseSliceParams(x as never, begin as number[], size as number[]) as [
          number[],
          number[],
        ];
        return slice(wasm, x!, from, sizes);
      },
    },
    {
      name: "SplitV",
      run({ x }, { numOrSizeSplits, axis }) {
        if (elementBytes(x!) === 0) return undefined;
        const along = util.parseAxisParam(Number(axis), x!.shape)[0]!;
        let at = 0;
        return backend_util.prepareSplitSize(x as never, numOrSizeSplits as number[] | number, along).map((length) => {
          const part = sliceAxis(wasm, x!, along, at, length);
          at += length;
          return part;
        });
      },
    },
    {
      name: "Unpack",
      run({ value }, { axis }) {
        if (elementBytes(value!) === 0) return undefined;
        const along = util.parseAxisParam(Number(axis), value!.shape)[0]!;
        const shape = value!.shape.filter((_, index) => index !== along);
        return Array.from({ length: value!.shape[along]! }, (_, i) => ({ ...sliceAxis(wasm, value!, along, i, 1), shape }));
      },
    },
    {
      name: "Concat",
      run(inputs, { axis }) {
        const parts = Object.values(inputs).filter((part) => sizeOf(part.shape) > 0);
        const [first] = parts;
        if (first === undefined || parts.length < 2 || parts.some((part) => elementBytes(part) === 0)) return undefined;
        const along = util.parseAxisParam(Number(axis), first.shape)[0]!;
        const shapes = parts.map((part) => part.shape);
        backend_util.assertParamsConsistent(shapes, along);
        const out = output(backend_util.computeOutShape(shapes, along), first.dtype);
        const step = sizeOf(out.shape.slice(along)) * elementBytes(out);
        let to = pointer(out);
        for (const part of parts) {
          const bytes = sizeOf(part.shape.slice(along)) * elementBytes(part);
          kernels.copyBlocks(pointer(part), bytes, to, step, bytes, sizeOf(part.shape.slice(0, along)));
          to += bytes;
        }
        return out;
      },
    },
    {
      name: "Tile", // broadcastTo as well
      run({ x }, { reps }) {
        if (elementBytes(x!) === 0 || sizeOf(x!.shape) === 0 || sizeOf(reps as number[]) === 0) return undefined;
        let tiled = wasm.share(x!);
        // One axis after the other, the innermost first: each block becomes several in a row.
        for (let axis = x!.shape.length - 1; axis >= 0; axis--) {
          const times = (reps as number[])[axis]!;
          if (times === 1) continue;
          const longer = output(
            tiled.shape.map((size, index) => (index === axis ? size * times : size)),
            tiled.dtype,
          );
          const bytes = sizeOf(tiled.shape.slice(axis)) * elementBytes(tiled);
          for (let i = 0; i < times; i++) {
            kernels.copyBlocks(
              pointer(tiled),
              bytes,
              pointer(longer) + i * bytes,
              times * bytes,
              bytes,
              sizeOf(tiled.shape.slice(0, axis)),
            );
          }
          wasm.backend.disposeData(tiled.dataId);
          tiled = longer;
        }
        return tiled;
      },
    },
    {
      name: "RewardlabAppendToCache", // cache [B, Tmax, ...], added [B, T, ...], position: the cache itself, written to
      run({ cache, added, position }, attributes) {
        const [[batch, capacity], row] = [cache!.shape as [number, number], cache!.shape.slice(2)];
        const length = added!.shape[1]!;
        const at = position ? Number(wasm.backend.typedArrayFromHeap(position)[0]) : Number(attributes["position"]);
        expectShape("RewardlabAppendToCache", "cache", cache!, cache!.shape);
        expectShape("RewardlabAppendToCache", "added", added!, [batch, length, ...row]);
        if (!(at >= 0 && at + length <= capacity))
          throw new Error(`RewardlabAppendToCache: positions ${at} to ${at + length - 1} of ${capacity}`);
        const rowBytes = sizeOf(row) * 4;
        kernels.copyBlocks(
          pointer(added),
          length * rowBytes,
          pointer(cache) + at * rowBytes,
          capacity * rowBytes,
          length * rowBytes,
          batch,
        );
        return wasm.share(cache!);
      },
    },
  ];
}

/** 0 for what doesn't lie in the memory as plain values. */
function elementBytes({ dtype }: TensorInfo): number {
  return dtype === "float32" || dtype === "int32" ? 4 : dtype === "bool" ? 1 : 0;
}

function sliceAxis(wasm: WasmModule, x: TensorInfo, axis: number, at: number, length: number): TensorInfo {
  return slice(
    wasm,
    x,
    x.shape.map((_, index) => (index === axis ? at : 0)),
    x.shape.map((size, index) => (index === axis ? length : size)),
  );
}

function slice(wasm: WasmModule, x: TensorInfo, begin: readonly number[], size: readonly number[]): TensorInfo {
  const out = wasm.output(size, x.dtype);
  if (sizeOf(size) === 0) return out;
  const bytes = elementBytes(x);
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)) * bytes);
  const partial = x.shape.map((_, axis) => axis).filter((axis) => size[axis] !== x.shape[axis]);
  // Blocks are contiguous from the last axis that is cut; they are evenly spaced as far out as the cut axis before it.
  const inner = partial.at(-1) ?? 0;
  const outer = partial.at(-2) ?? 0;
  const block = x.shape.length === 0 ? bytes : size[inner]! * strides[inner]!;
  const blocks = sizeOf(size.slice(outer, inner));
  const step = inner > 0 ? strides[inner - 1]! : 0;
  let to = wasm.pointer(out);
  const copyFrom = (axis: number, from: number): void => {
    const start = from + (begin[axis] ?? 0) * (strides[axis] ?? 0);
    if (axis >= outer) {
      const rest = begin.slice(axis + 1).reduce((sum, at, index) => sum + at * strides[axis + 1 + index]!, start);
      wasm.kernels.copyBlocks(rest, step, to, block, block, blocks);
      to += block * blocks;
      return;
    }
    for (let i = 0; i < size[axis]!; i++) copyFrom(axis + 1, start + i * strides[axis]!);
  };
  copyFrom(0, wasm.pointer(x));
  return out;
}
