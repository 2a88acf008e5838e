// AdamW (Loshchilov & Hutter, arXiv 1711.05101v3), one pass:
//     m′ = β₁ m + (1 − β₁) g,  v′ = β₂ v + (1 − β₂) g²,  x′ = x − η λ x − η (m′ / c₁) / (√(v′ / c₂) + ε),  cᵢ = 1 − βᵢᵗ

import { F32, loadPart, storePart, VEC } from "./simd";

export function adamW(
  x: usize,
  g: usize,
  m: usize,
  v: usize,
  x2: usize,
  m2: usize,
  v2: usize,
  count: i32,
  rate: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  decay: f32,
  correction1: f32,
  correction2: f32,
): void {
  const wide = <usize>(count & ~3) * F32,
    rest = count & 3;
  const keep = f32x4.splat(<f32>1 - rate * decay),
    step = f32x4.splat(rate / correction1),
    inverse = f32x4.splat(<f32>1 / correction2);
  const b1 = f32x4.splat(beta1),
    n1 = f32x4.splat(<f32>1 - beta1),
    b2 = f32x4.splat(beta2),
    n2 = f32x4.splat(<f32>1 - beta2),
    eps = f32x4.splat(epsilon);
  for (let c: usize = 0; c <= wide; c += VEC) {
    const last = c == wide;
    if (last && rest == 0) break;
    const grad = last ? loadPart(g + c, rest) : v128.load(g + c);
    const first = f32x4.add(f32x4.mul(b1, last ? loadPart(m + c, rest) : v128.load(m + c)), f32x4.mul(n1, grad));
    const second = f32x4.add(
      f32x4.mul(b2, last ? loadPart(v + c, rest) : v128.load(v + c)),
      f32x4.mul(n2, f32x4.mul(grad, grad)),
    );
    const change = f32x4.div(f32x4.mul(step, first), f32x4.add(f32x4.sqrt(f32x4.mul(second, inverse)), eps));
    const value = f32x4.sub(f32x4.mul(keep, last ? loadPart(x + c, rest) : v128.load(x + c)), change);
    if (last) {
      storePart(x2 + c, value, rest);
      storePart(m2 + c, first, rest);
      storePart(v2 + c, second, rest);
    } else {
      v128.store(x2 + c, value);
      v128.store(m2 + c, first);
      v128.store(v2 + c, second);
    }
  }
}
