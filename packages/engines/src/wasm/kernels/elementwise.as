// Functions of single values: eˣ, σ(x), tanh x, and SwiGLU's gate y = g · σ(g) · u (Shazeer, arXiv 2002.05202v1) with
// dg = dy · u · σ(g) (1 + g (1 − σ(g))), du = dy · g · σ(g).

import { exp4, F32, loadPart, sigmoid4, storePart, tanh4, VEC } from "./simd";

export function exponential(x: usize, y: usize, count: i32): void {
  const wide = <usize>(count & ~3) * F32,
    rest = count & 3;
  for (let c: usize = 0; c < wide; c += VEC) v128.store(y + c, exp4(v128.load(x + c)));
  if (rest) storePart(y + wide, exp4(loadPart(x + wide, rest)), rest);
}

export function sigmoid(x: usize, y: usize, count: i32): void {
  const wide = <usize>(count & ~3) * F32,
    rest = count & 3;
  for (let c: usize = 0; c < wide; c += VEC) v128.store(y + c, sigmoid4(v128.load(x + c)));
  if (rest) storePart(y + wide, sigmoid4(loadPart(x + wide, rest)), rest);
}

export function hyperbolicTangent(x: usize, y: usize, count: i32): void {
  const wide = <usize>(count & ~3) * F32,
    rest = count & 3;
  for (let c: usize = 0; c < wide; c += VEC) v128.store(y + c, tanh4(v128.load(x + c)));
  if (rest) storePart(y + wide, tanh4(loadPart(x + wide, rest)), rest);
}

@inline
function gated(g: v128, u: v128): v128 {
  return f32x4.mul(f32x4.mul(g, sigmoid4(g)), u);
}

export function swiglu(g: usize, u: usize, y: usize, count: i32): void {
  const wide = <usize>(count & ~3) * F32,
    rest = count & 3;
  for (let c: usize = 0; c < wide; c += VEC) v128.store(y + c, gated(v128.load(g + c), v128.load(u + c)));
  if (rest) storePart(y + wide, gated(loadPart(g + wide, rest), loadPart(u + wide, rest)), rest);
}

@inline
function gateGrad(g: v128, u: v128, dy: v128, s: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.mul(f32x4.mul(f32x4.mul(dy, u), s), f32x4.add(one, f32x4.mul(g, f32x4.sub(one, s))));
}

export function swigluGrad(g: usize, u: usize, dy: usize, dg: usize, du: usize, count: i32): void {
  const wide = <usize>(count & ~3) * F32,
    rest = count & 3;
  for (let c: usize = 0; c < wide; c += VEC) {
    const gate = v128.load(g + c),
      grad = v128.load(dy + c),
      s = sigmoid4(gate);
    v128.store(dg + c, gateGrad(gate, v128.load(u + c), grad, s));
    v128.store(du + c, f32x4.mul(f32x4.mul(grad, gate), s));
  }
  if (rest) {
    const gate = loadPart(g + wide, rest),
      grad = loadPart(dy + wide, rest),
      s = sigmoid4(gate);
    storePart(dg + wide, gateGrad(gate, loadPart(u + wide, rest), grad, s), rest);
    storePart(du + wide, f32x4.mul(f32x4.mul(grad, gate), s), rest);
  }
}
