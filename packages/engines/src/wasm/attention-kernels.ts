import type { TensorInfo } from "@tensorflow/tfjs-core";
import { expectShape } from "./module.ts";
import type { KernelInputs, WasmKernel, WasmModule } from "./module.ts";

/**
 * RewardlabAttention: q [B, Tq, H, D], k, v [B, Tk, Hkv, D], mask [B, Tk] or none → out [B, Tq, H, D], lse [B, H, Tq].
 * Query i sees key j if j ≤ i + offset; the offset is an input (int32 scalar) or an attribute.
 * RewardlabAttentionGrad: the same, out, lse and dOut → dq, dk, dv.
 */
export function attentionKernels(wasm: WasmModule): WasmKernel[] {
  const { kernels, pointer } = wasm;

  function sizes(kernel: string, { q, k, v, mask }: KernelInputs): [number, number, number, number, number, number] {
    const [batch, queries, heads, d] = q!.shape as [number, number, number, number];
    const [, keys, keyHeads] = k!.shape as [number, number, number, number];
    expectShape(kernel, "q", q!, [batch, queries, heads, d]);
    expectShape(kernel, "k", k!, [batch, keys, keyHeads, d]);
    expectShape(kernel, "v", v!, [batch, keys, keyHeads, d]);
    if (mask) expectShape(kernel, "mask", mask, [batch, keys]);
    if (heads % keyHeads !== 0) throw new Error(`${kernel}: ${heads} query heads don't divide into ${keyHeads} key heads`);
    return [batch, queries, keys, heads, keyHeads, d];
  }

  function offsetOf(offset: TensorInfo | undefined, attribute: unknown): number {
    return offset ? Number(wasm.backend.typedArrayFromHeap(offset)[0]) : Number(attribute);
  }

  return [
    {
      name: "RewardlabAttention",
      run(inputs, { offset, scale }) {
        const dimensions = sizes("RewardlabAttention", inputs);
        const [batch, queries, keys, heads, , d] = dimensions;
        const { q, k, v, mask } = inputs;
        const out = wasm.output(q!.shape);
        const lse = wasm.output([batch, heads, queries]);
        const scratch = wasm.scratch(kernels.attentionScratch(queries, keys, d));
        const at = [q, k, v, mask, out, lse].map(pointer);
        kernels.attention(...at, ...dimensions, offsetOf(inputs["offset"], offset), Number(scale), scratch);
        return [out, lse];
      },
    },
    {
      name: "RewardlabAttentionGrad",
      run(inputs, { offset, scale }) {
        const dimensions = sizes("RewardlabAttentionGrad", inputs);
        const [batch, queries, keys, heads, , d] = dimensions;
        const { q, k, v, mask, out, lse, dOut } = inputs;
        expectShape("RewardlabAttentionGrad", "out", out!, q!.shape);
        expectShape("RewardlabAttentionGrad", "dOut", dOut!, q!.shape);
        expectShape("RewardlabAttentionGrad", "lse", lse!, [batch, heads, queries]);
        const [dq, dk, dv] = [wasm.output(q!.shape), wasm.output(k!.shape), wasm.output(v!.shape)];
        const scratch = wasm.scratch(kernels.attentionScratch(queries, keys, d));
        const at = [q, k, v, mask, out, lse, dOut, dq, dk, dv].map(pointer);
        kernels.attentionGrad(...at, ...dimensions, offsetOf(inputs["offset"], offset), Number(scale), scratch);
        return [dq, dk, dv];
      },
    },
  ];
}
