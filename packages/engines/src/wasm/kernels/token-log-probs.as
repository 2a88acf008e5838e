// Rows of logits [N, V] → ln softmax at the target, and the entropy of the row, with their gradients.
//
//     lse = ln Σ eᶻ, logProb = z_target − lse, p = eᶻ⁻ˡˢᵉ, entropy h = lse − Σ p z
//     d logProb / dz = onehot(target) − p,   dh / dz = −p (z − lse + h)

import { expOfLog4, F32, loadPart, log1, max4, storePart, sum4, VEC } from "./simd";

const INF: f32 = Infinity;

/** loadPart with −∞ in the lanes beyond the row, so that they add nothing to a softmax. */
@inline
function loadLogits(p: usize, lanes: i32): v128 {
  let x = f32x4.replace_lane(f32x4.splat(-INF), 0, load<f32>(p));
  if (lanes > 1) x = f32x4.replace_lane(x, 1, load<f32>(p, 4));
  if (lanes > 2) x = f32x4.replace_lane(x, 2, load<f32>(p, 8));
  return x;
}

/** ln Σ eᶻ of one row. */
function logSumExp(z: usize, vocabulary: i32): f32 {
  const wide = <usize>(vocabulary & ~3) * F32,
    rest = vocabulary & 3;
  let top = f32x4.splat(-INF);
  for (let c: usize = 0; c < wide; c += VEC) top = f32x4.max(top, v128.load(z + c));
  if (rest) top = f32x4.max(top, loadLogits(z + wide, rest));
  const highest = max4(top);
  const shift = f32x4.splat(highest);
  let total = f32x4.splat(0);
  for (let c: usize = 0; c < wide; c += VEC) total = f32x4.add(total, expOfLog4(f32x4.sub(v128.load(z + c), shift)));
  if (rest) total = f32x4.add(total, expOfLog4(f32x4.sub(loadLogits(z + wide, rest), shift)));
  return highest + log1(sum4(total));
}

/** Returns how many targets lie outside the vocabulary; those rows are NaN. */
export function tokenLogProbs(z: usize, targets: usize, logProbs: usize, lse: usize, rows: i32, vocabulary: i32): i32 {
  let outside = 0;
  for (let i = 0; i < rows; i++) {
    const rowLse = logSumExp(z, vocabulary);
    const target = load<i32>(targets);
    store<f32>(lse, rowLse);
    if (<u32>target < <u32>vocabulary) store<f32>(logProbs, load<f32>(z + <usize>target * F32) - rowLse);
    else outside++;
    z += <usize>vocabulary * F32;
    targets += F32;
    logProbs += F32;
    lse += F32;
  }
  return outside;
}

/** dz = dy (onehot(target) − p) */
export function tokenLogProbsGrad(z: usize, targets: usize, lse: usize, dy: usize, dz: usize, rows: i32, vocabulary: i32): void {
  const row = <usize>vocabulary * F32,
    wide = <usize>(vocabulary & ~3) * F32,
    rest = vocabulary & 3;
  for (let i = 0; i < rows; i++) {
    const grad = load<f32>(dy);
    if (grad == 0) {
      // Masked tokens: exactly zero, whatever the logits are.
      memory.fill(dz, 0, row);
    } else {
      const shift = v128.load32_splat(lse),
        factor = f32x4.splat(-grad);
      for (let c: usize = 0; c < wide; c += VEC)
        v128.store(dz + c, f32x4.mul(expOfLog4(f32x4.sub(v128.load(z + c), shift)), factor));
      if (rest) storePart(dz + wide, f32x4.mul(expOfLog4(f32x4.sub(loadPart(z + wide, rest), shift)), factor), rest);
      const at = dz + <usize>load<i32>(targets) * F32;
      store<f32>(at, load<f32>(at) + grad);
    }
    z += row;
    dz += row;
    targets += F32;
    lse += F32;
    dy += F32;
  }
}

export function tokenEntropies(z: usize, entropies: usize, lse: usize, rows: i32, vocabulary: i32): void {
  const wide = <usize>(vocabulary & ~3) * F32,
    rest = vocabulary & 3;
  for (let i = 0; i < rows; i++) {
    const rowLse = logSumExp(z, vocabulary);
    const shift = f32x4.splat(rowLse);
    let sum = f32x4.splat(0);
    for (let c: usize = 0; c < wide; c += VEC) sum = f32x4.add(sum, surprise(f32x4.sub(v128.load(z + c), shift)));
    if (rest) sum = f32x4.add(sum, surprise(f32x4.sub(loadLogits(z + wide, rest), shift)));
    store<f32>(lse, rowLse);
    store<f32>(entropies, sum4(sum));
    z += <usize>vocabulary * F32;
    entropies += F32;
    lse += F32;
  }
}

/** −p ln p from ln p; 0 where p is 0. */
@inline
function surprise(logP: v128): v128 {
  const p = expOfLog4(logP);
  return v128.andnot(f32x4.neg(f32x4.mul(p, logP)), f32x4.eq(p, f32x4.splat(0)));
}

/** dz = −dy · p (ln p + h) */
export function tokenEntropiesGrad(
  z: usize,
  entropies: usize,
  lse: usize,
  dy: usize,
  dz: usize,
  rows: i32,
  vocabulary: i32,
): void {
  const row = <usize>vocabulary * F32,
    wide = <usize>(vocabulary & ~3) * F32,
    rest = vocabulary & 3;
  for (let i = 0; i < rows; i++) {
    const grad = load<f32>(dy);
    if (grad == 0) {
      memory.fill(dz, 0, row);
    } else {
      const shift = v128.load32_splat(lse),
        entropy = v128.load32_splat(entropies),
        factor = f32x4.splat(-grad);
      for (let c: usize = 0; c < wide; c += VEC)
        v128.store(dz + c, entropyGrad(f32x4.sub(v128.load(z + c), shift), entropy, factor));
      if (rest) storePart(dz + wide, entropyGrad(f32x4.sub(loadPart(z + wide, rest), shift), entropy, factor), rest);
    }
    z += row;
    dz += row;
    entropies += F32;
    lse += F32;
    dy += F32;
  }
}

@inline
function entropyGrad(logP: v128, entropy: v128, factor: v128): v128 {
  const p = expOfLog4(logP);
  return v128.andnot(f32x4.mul(f32x4.mul(p, f32x4.add(logP, entropy)), factor), f32x4.eq(p, f32x4.splat(0)));
}
