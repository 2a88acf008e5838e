// Rotary position embedding, halves paired as in Llama: (a, b) → (a cos − b sin, b cos + a sin) for a = x[0..d/2), b = x[d/2..d).
// Su et al., arXiv 2104.09864v5. direction −1 turns back, which is the gradient.

import { F32, VEC } from "./simd";

/** x, y [B, T, H, D]; cos, sin [T, D/2], or [B, T, D/2] if batchTables > 0. */
export function rope(
  x: usize,
  cos: usize,
  sin: usize,
  y: usize,
  batch: i32,
  time: i32,
  heads: i32,
  d: i32,
  batchTables: i32,
  direction: f32,
): void {
  const half = d >> 1;
  const halfBytes = <usize>half * F32;
  const wide = <usize>(half & ~3) * F32;
  const signs = f32x4.splat(direction);
  for (let b = 0; b < batch; b++)
    for (let t = 0; t < time; t++) {
      const table = <usize>((batchTables > 0 ? b * time : 0) + t) * halfBytes;
      const cosRow = cos + table,
        sinRow = sin + table;
      for (let h = 0; h < heads; h++) {
        for (let c: usize = 0; c < wide; c += VEC) {
          const l = v128.load(x + c),
            r = v128.load(x + halfBytes + c);
          const co = v128.load(cosRow + c),
            si = f32x4.mul(v128.load(sinRow + c), signs);
          v128.store(y + c, f32x4.sub(f32x4.mul(l, co), f32x4.mul(r, si)));
          v128.store(y + halfBytes + c, f32x4.add(f32x4.mul(r, co), f32x4.mul(l, si)));
        }
        for (let c = wide; c < halfBytes; c += F32) {
          const l = load<f32>(x + c),
            r = load<f32>(x + halfBytes + c);
          const co = load<f32>(cosRow + c),
            si = load<f32>(sinRow + c) * direction;
          store<f32>(y + c, l * co - r * si);
          store<f32>(y + halfBytes + c, r * co + l * si);
        }
        x += 2 * halfBytes;
        y += 2 * halfBytes;
      }
    }
}
