// RMSNorm: y = x · r · w with r = 1 / √(mean(x²) + ε), over rows of d values; dx = r · w∘dy − x · r³/d · Σ(w∘dy∘x), dw = Σ_rows dy∘x · r.
// Zhang & Sennrich, arXiv 1910.07467v1.

import { F32, loadPart, storePart, sum4, VEC } from "./simd";

@inline
function inverseRms(x: usize, d: i32, epsilon: f32): f32 {
  const wide = <usize>(d & ~3) * F32;
  let squares = f32x4.splat(0);
  for (let c: usize = 0; c < wide; c += VEC) {
    const a = v128.load(x + c);
    squares = f32x4.add(squares, f32x4.mul(a, a));
  }
  if (d & 3) {
    const a = loadPart(x + wide, d & 3);
    squares = f32x4.add(squares, f32x4.mul(a, a));
  }
  return <f32>1 / sqrt<f32>(sum4(squares) / <f32>d + epsilon);
}

export function rmsNorm(x: usize, w: usize, y: usize, rows: i32, d: i32, epsilon: f32): void {
  const wide = <usize>(d & ~3) * F32,
    rest = d & 3,
    row = <usize>d * F32;
  for (let i = 0; i < rows; i++) {
    const r = f32x4.splat(inverseRms(x, d, epsilon));
    for (let c: usize = 0; c < wide; c += VEC) v128.store(y + c, f32x4.mul(f32x4.mul(v128.load(x + c), r), v128.load(w + c)));
    if (rest) storePart(y + wide, f32x4.mul(f32x4.mul(loadPart(x + wide, rest), r), loadPart(w + wide, rest)), rest);
    x += row;
    y += row;
  }
}

export function rmsNormGrad(x: usize, w: usize, dy: usize, dx: usize, dw: usize, rows: i32, d: i32, epsilon: f32): void {
  const wide = <usize>(d & ~3) * F32,
    rest = d & 3,
    row = <usize>d * F32;
  memory.fill(dw, 0, row);
  for (let i = 0; i < rows; i++) {
    const inverse = inverseRms(x, d, epsilon);
    const r = f32x4.splat(inverse);
    let products = f32x4.splat(0);
    for (let c: usize = 0; c < wide; c += VEC) {
      const g = f32x4.mul(v128.load(dy + c), v128.load(x + c));
      v128.store(dw + c, f32x4.add(v128.load(dw + c), f32x4.mul(g, r)));
      products = f32x4.add(products, f32x4.mul(g, v128.load(w + c)));
    }
    if (rest) {
      const g = f32x4.mul(loadPart(dy + wide, rest), loadPart(x + wide, rest));
      storePart(dw + wide, f32x4.add(loadPart(dw + wide, rest), f32x4.mul(g, r)), rest);
      products = f32x4.add(products, f32x4.mul(g, loadPart(w + wide, rest)));
    }
    const shrink = f32x4.splat((inverse * inverse * inverse * sum4(products)) / <f32>d);
    for (let c: usize = 0; c < wide; c += VEC)
      v128.store(
        dx + c,
        f32x4.sub(f32x4.mul(f32x4.mul(v128.load(dy + c), v128.load(w + c)), r), f32x4.mul(v128.load(x + c), shrink)),
      );
    if (rest)
      storePart(
        dx + wide,
        f32x4.sub(
          f32x4.mul(f32x4.mul(loadPart(dy + wide, rest), loadPart(w + wide, rest)), r),
          f32x4.mul(loadPart(x + wide, rest), shrink),
        ),
        rest,
      );
    x += row;
    dy += row;
    dx += row;
  }
}
