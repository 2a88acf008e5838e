import { backend_util, getKernel, registerKernel, unregisterKernel } from "@tensorflow/tfjs-core";
import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import type { ShaderProgram, WebgpuBackend } from "./dawn.ts";

/**
 * eˣ, xʸ, sin x and cos x to float32's precision. WGSL asks of its own only that eˣ be right to 3 + 2|x| units in the last place, sin x to 5·10⁻⁴,
 * and that only for |x| ≤ π: too little for importance ratios and for rotary positions.
 *
 * The polynomials are those of Cephes (expf.c, sinf.c), after the usual reduction: eˣ = 2ⁿ eʳ with |r| ≤ ½ ln 2, and |r| ≤ π/4 for sine and cosine.
 * A power is a product where the exponent is a multiple of ½ up to 16 (the gradient of rsqrt has 1.5), else WGSL's own.
 */
const functions = {
  Exp: `fn f(a : f32) -> f32 {
    if (isnan(a)) { return a; }
    if (a > 88.72284) { return uniforms.INFINITY; }
    if (a < -104.0) { return 0.0; }
    let n = round(a * 1.44269504);
    let r = (a - n * 0.693359375) + n * 2.12194440e-4;
    let p = ((((1.9875691500e-4 * r + 1.3981999507e-3) * r + 8.3334519073e-3) * r + 4.1665795894e-2) * r + 1.6666665459e-1) * r + 0.5;
    let k = i32(n);
    let half = k / 2; // 2ⁿ itself may be too large or too small
    return (p * r * r + r + 1.0) * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((k - half + 127) << 23u);
  }`,
  Sin: sine(0),
  Cos: sine(1),
  Pow: `fn f(a : f32, b : f32) -> f32 {
    if (b == 0.0) { return 1.0; }
    if (isnan(a) || isnan(b)) { return uniforms.NAN; }
    let twice = 2.0 * b;
    if (abs(twice) > 32.0 || twice != round(twice)) {
      if (a < 0.0 && b != floor(b)) { return uniforms.NAN; }
      let size = pow(abs(a), b);
      return select(size, -size, a < 0.0 && floor(b / 2.0) * 2.0 != b);
    }
    let halves = i32(abs(twice));
    if (halves % 2 == 1 && a < 0.0) { return uniforms.NAN; }
    var product = select(1.0, sqrt(a), halves % 2 == 1);
    for (var i = 0; i < halves / 2; i++) { product *= a; }
    if (b > 0.0) { return product; }
    if (product == 0.0) { return uniforms.INFINITY; }
    return 1.0 / product;
  }`,
};

function sine(quarters: 0 | 1): string {
  return `fn f(a : f32) -> f32 {
    let n = round(a * 0.636619772);
    let r = ((a - n * 1.5703125) - n * 4.837512969970703e-4) - n * 7.549789954891882e-8;
    let z = r * r;
    let s = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r;
    let c = ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z - 0.5 * z + 1.0;
    let quadrant = (i32(n) + ${quarters}) & 3;
    let value = select(s, c, (quadrant & 1) == 1);
    return select(value, -value, (quadrant & 2) == 2);
  }`;
}

/** In the place of tfjs's of the same name, which go on doing what isn't float32. */
export function registerWebgpuKernels(): void {
  for (const [name, code] of Object.entries(functions))
    replaceKernel(name, (theirs) => (call) => {
      const inputs = Object.values(call.inputs) as TensorInfo[];
      if (inputs.some(({ dtype }) => dtype !== "float32")) return theirs(call);
      const shape = inputs.map((input) => input.shape).reduce(backend_util.assertAndGetBroadcastShape);
      return (call.backend as WebgpuBackend).runWebGPUProgram(elementwise(name, code, shape, inputs.length), inputs, "float32");
    });
  replaceKernel("UnsortedSegmentSum", (theirs) => (call) => {
    const { x, segmentIds } = call.inputs as { x: TensorInfo; segmentIds: TensorInfo };
    if (x.dtype !== "float32") return theirs(call);
    return segmentSum(call.backend as WebgpuBackend, x, segmentIds, Number(call.attrs!["numSegments"]));
  });
  // tfjs's binds all that are added up at once, of which a device need allow but eight, the sum included.
  replaceKernel("AddN", (theirs) => ({ inputs, backend, attrs }) => {
    const add = (terms: TensorInfo[]) => theirs({ inputs: terms as never, backend, attrs }) as TensorInfo;
    const terms = Object.values(inputs) as TensorInfo[];
    let sum = add(terms.slice(0, TERMS));
    for (let at = TERMS; at < terms.length; at += TERMS - 1) {
      const before = sum;
      sum = add([before, ...terms.slice(at, at + TERMS - 1)]);
      (backend as WebgpuBackend).disposeData(before.dataId);
    }
    return sum;
  });
}
const TERMS = 7;

function replaceKernel(name: string, kernelOf: (theirs: KernelFunc) => KernelFunc): void {
  const theirs = getKernel(name, "webgpu")!;
  unregisterKernel(name, "webgpu");
  registerKernel({ ...theirs, kernelFunc: kernelOf(theirs.kernelFunc) });
}

/**
 * Sums of the rows with the same id; an id below 0 is nobody's. tfjs's adds with atomics, in another order at every run, and so to other bits; here
 * each column is added up by one thread. x [ids..., D...], segmentIds [ids...] → [segments, D...]
 */
function segmentSum(backend: WebgpuBackend, x: TensorInfo, segmentIds: TensorInfo, segments: number): TensorInfo {
  const rows = sizeOf(segmentIds.shape);
  const row = x.shape.slice(segmentIds.shape.length);
  const columns = sizeOf(row);
  const program: ShaderProgram = {
    variableNames: ["A", "B"],
    outputShape: [segments, columns],
    workgroupSize: [WORKGROUP, 1, 1],
    dispatchLayout: { x: [0, 1] },
    dispatch: [Math.ceil(columns / WORKGROUP), 1, 1],
    size: true,
    shaderKey: "rewardlab_segmentSum",
    getUserCode: () => `fn main(column : i32) {
      let segments = uniforms.outShape[0];
      let columns = uniforms.outShape[1];
      if (column >= columns) { return; }
      for (var s = 0; s < segments; s++) { result[s * columns + column] = 0.0; }
      for (var i = 0; i < uniforms.aShape[0]; i++) {
        let s = i32(getB(i));
        if (s >= 0 && s < segments) { result[s * columns + column] += getA(i, column); }
      }
    }`,
  };
  const inputs = [
    { ...x, shape: [rows, columns] },
    { ...segmentIds, shape: [rows] },
  ];
  return { ...backend.runWebGPUProgram(program, inputs, "float32"), shape: [segments, ...row] };
}

const WORKGROUP = 128;
const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

/** Applies `f` to each element of inputs broadcast to `shape`. */
function elementwise(name: string, code: string, shape: number[], arity: number): ShaderProgram {
  const variableNames = ["A", "B"].slice(0, arity);
  return {
    variableNames,
    outputShape: shape,
    workgroupSize: [WORKGROUP, 1, 1],
    dispatchLayout: { x: shape.map((_, axis) => axis) },
    dispatch: [Math.ceil(sizeOf(shape) / WORKGROUP), 1, 1],
    size: true,
    shaderKey: `rewardlab_${name}`,
    getUserCode: () => `${code}
      fn main(index : i32) {
        if (index < uniforms.size) {
          setOutputAtIndex(index, f(${variableNames.map((input) => `get${input}ByOutputIndex(index)`).join(", ")}));
        }
      }`,
  };
}
