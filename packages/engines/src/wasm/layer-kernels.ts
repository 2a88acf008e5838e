import { expectShape, sizeOf } from "./module.ts";
import type { KernelInputs, WasmKernel, WasmModule } from "./module.ts";

/** RMSNorm, SwiGLU, rotary embedding (each with its gradient), AdamW, and eˣ, σ(x) and tanh x faster than tfjs's own. */
export function layerKernels(wasm: WasmModule): WasmKernel[] {
  const { kernels, pointer, output } = wasm;
  return [
    {
      name: "RewardlabRmsNorm", // x [..., D], weight [D] → [..., D]
      run({ x, weight }, { epsilon }) {
        const d = x!.shape.at(-1)!;
        expectShape("RewardlabRmsNorm", "x", x!, x!.shape);
        expectShape("RewardlabRmsNorm", "weight", weight!, [d]);
        const y = output(x!.shape);
        kernels.rmsNorm(pointer(x), pointer(weight), pointer(y), sizeOf(x!.shape.slice(0, -1)), d, Number(epsilon));
        return y;
      },
    },
    {
      name: "RewardlabRmsNormGrad", // and dy [..., D] → dx [..., D], dWeight [D]
      run({ x, weight, dy }, { epsilon }) {
        const d = x!.shape.at(-1)!;
        expectShape("RewardlabRmsNormGrad", "weight", weight!, [d]);
        expectShape("RewardlabRmsNormGrad", "dy", dy!, x!.shape);
        const [dx, dWeight] = [output(x!.shape), output([d])];
        kernels.rmsNormGrad(...[x, weight, dy, dx, dWeight].map(pointer), sizeOf(x!.shape.slice(0, -1)), d, Number(epsilon));
        return [dx, dWeight];
      },
    },
    {
      name: "RewardlabSwiglu", // gate, up [...] → [...]
      run({ gate, up }) {
        expectShape("RewardlabSwiglu", "gate", gate!, gate!.shape);
        expectShape("RewardlabSwiglu", "up", up!, gate!.shape);
        const y = output(gate!.shape);
        kernels.swiglu(pointer(gate), pointer(up), pointer(y), sizeOf(y.shape));
        return y;
      },
    },
    {
      name: "RewardlabSwigluGrad", // and dy [...] → dGate, dUp [...]
      run({ gate, up, dy }) {
        expectShape("RewardlabSwigluGrad", "up", up!, gate!.shape);
        expectShape("RewardlabSwigluGrad", "dy", dy!, gate!.shape);
        const [dGate, dUp] = [output(gate!.shape), output(gate!.shape)];
        kernels.swigluGrad(...[gate, up, dy, dGate, dUp].map(pointer), sizeOf(gate!.shape));
        return [dGate, dUp];
      },
    },
    {
      name: "RewardlabRope", // x [B, T, H, D], cos, sin [T, D/2] or [B, T, D/2] → [B, T, H, D]; direction 1 or −1
      run({ x, cos, sin }, { direction }) {
        const [batch, time, heads, d] = x!.shape as [number, number, number, number];
        const table = cos!.shape.length === 3 ? [batch, time, d / 2] : [time, d / 2];
        expectShape("RewardlabRope", "x", x!, [batch, time, heads, d]);
        expectShape("RewardlabRope", "cos", cos!, table);
        expectShape("RewardlabRope", "sin", sin!, table);
        const y = output(x!.shape);
        kernels.rope(...[x, cos, sin, y].map(pointer), batch, time, heads, d, table.length === 3 ? 1 : 0, Number(direction));
        return y;
      },
    },
    {
      name: "RewardlabAdamW", // parameter, gradient, first, second, all [...] → the new parameter, first, second
      run({ parameter, gradient, first, second }, { learningRate, step, beta1, beta2, epsilon, weightDecay }) {
        const shape = parameter!.shape;
        expectShape("RewardlabAdamW", "parameter", parameter!, shape);
        expectShape("RewardlabAdamW", "gradient", gradient!, shape);
        expectShape("RewardlabAdamW", "first", first!, shape);
        expectShape("RewardlabAdamW", "second", second!, shape);
        const results = [output(shape), output(shape), output(shape)];
        const [b1, b2, t] = [Number(beta1), Number(beta2), Number(step)];
        const at = [parameter, gradient, first, second, ...results].map(pointer);
        kernels.adamW(
          ...at,
          sizeOf(shape),
          Number(learningRate),
          b1,
          b2,
          Number(epsilon),
          Number(weightDecay),
          1 - b1 ** t,
          1 - b2 ** t,
        );
        return results;
      },
    },
    ...(["exponential", "sigmoid", "hyperbolicTangent"] as const).map((kernel) => ({
      name: { exponential: "Exp", sigmoid: "Sigmoid", hyperbolicTangent: "Tanh" }[kernel], // x [...] → [...]
      run({ x }: KernelInputs) {
        if (x!.dtype !== "float32") return undefined;
        const y = output(x!.shape);
        kernels[kernel](pointer(x), pointer(y), sizeOf(y.shape));
        return y;
      },
    })),
  ];
}
