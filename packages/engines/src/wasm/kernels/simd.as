// Vector functions of four f32 lanes that the kernels share.
//
// AssemblyScript, not TypeScript: compiled by ../build-kernels.mjs. The module shares tfjs's memory, so nothing here may need
// static data (strings, arrays, Mathf's tables): the build refuses a data section.

/** Bytes of one f32. */
export const F32: usize = 4;
/** Bytes of one vector. */
export const VEC: usize = 16;

const LOG2_E: f32 = 1.44269504;
/** ln 2 = LN2_HIGH + LN2_LOW: n · LN2_HIGH is exact for the n that occur (Cody and Waite). */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;
/** 1.5 · 2²³: adding it rounds a small float to an integer and leaves that integer in the low bits. */
const ROUND: f32 = 12582912.0;
const ROUND_BITS: i32 = 0x4b400000;

/**
 * eʳ · 2ⁿ with n = round(x / ln 2), |r| ≤ ln 2 / 2, and eʳ by a polynomial (Cephes expf; relative error below 2e-7).
 * x must lie in [−87.3, 88.3]; NaN stays NaN.
 */
@inline
function expInRange4(x: v128): v128 {
  const t = f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUND));
  return f32x4.mul(expOfRemainder4(x, t), i32x4.shl(i32x4.add(t, i32x4.splat(127)), 23));
}

@inline
function expOfRemainder4(x: v128, t: v128): v128 {
  const n = f32x4.sub(t, f32x4.splat(ROUND));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  return f32x4.add(f32x4.mul(f32x4.mul(p, r), r), f32x4.add(r, f32x4.splat(1.0)));
}

/** eˣ over the whole range: above 88.7 infinity, denormals below −87.3, 0 below −104. */
@inline
export function exp4(x: v128): v128 {
  // pmin/pmax keep a NaN that is their first operand.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89.0)), f32x4.splat(-105.0));
  const t = f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUND));
  // 2ⁿ in two factors, so that results near the ends of the range over- and underflow as they should.
  const whole = i32x4.sub(t, i32x4.splat(ROUND_BITS));
  const half = i32x4.shr_s(whole, 1);
  const rest = i32x4.sub(whole, half);
  const p = f32x4.mul(expOfRemainder4(x, t), i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23));
  return f32x4.mul(p, i32x4.shl(i32x4.add(rest, i32x4.splat(127)), 23));
}

/** eˣ for probabilities, x ≤ 0 up to rounding: below −87, where f32 has no normal numbers left, it is exactly 0. */
@inline
export function expOfLog4(x: v128): v128 {
  const least = f32x4.splat(-87.0);
  return v128.andnot(expInRange4(f32x4.pmin(f32x4.pmax(x, least), f32x4.splat(88.0))), f32x4.lt(x, least));
}

/** 1 / (1 + e⁻ˣ). */
@inline
export function sigmoid4(x: v128): v128 {
  const e = expInRange4(f32x4.pmin(f32x4.pmax(f32x4.neg(x), f32x4.splat(-87.0)), f32x4.splat(88.0)));
  return f32x4.div(f32x4.splat(1.0), f32x4.add(f32x4.splat(1.0), e));
}

/** tanh x: an odd polynomial near 0, 1 − 2 / (e²ˣ + 1) elsewhere (Cephes tanhf; relative error below 3e-7). */
@inline
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(-5.70498872745e-3);
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(2.06390887954e-2));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-5.37397155531e-2));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(1.33314422036e-1));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-3.33332819422e-1));
  const near = f32x4.add(f32x4.mul(f32x4.mul(p, z), x), x);
  const e = expInRange4(f32x4.pmin(f32x4.add(size, size), f32x4.splat(88.0)));
  const far = f32x4.sub(f32x4.splat(1.0), f32x4.div(f32x4.splat(2.0), f32x4.add(e, f32x4.splat(1.0))));
  const signedFar = v128.or(far, v128.and(x, f32x4.splat(-0.0)));
  return v128.bitselect(near, signedFar, f32x4.lt(size, f32x4.splat(0.625)));
}

/** ln x for a normal x > 0 (Cephes logf, within 2 ulp). */
export function log1(x: f32): f32 {
  const bits = reinterpret<i32>(x);
  let e = <f32>((bits >> 23) - 126);
  let m = reinterpret<f32>((bits & 0x007fffff) | 0x3f000000); // in [0.5, 1)
  if (m < <f32>0.70710678) {
    e -= 1.0;
    m = m + m - <f32>1.0;
  } else {
    m = m - <f32>1.0;
  }
  const z = m * m;
  let p: f32 = 7.0376836292e-2;
  p = p * m + <f32>-1.151461031e-1;
  p = p * m + <f32>1.167699874e-1;
  p = p * m + <f32>-1.2420140846e-1;
  p = p * m + <f32>1.4249322787e-1;
  p = p * m + <f32>-1.6668057665e-1;
  p = p * m + <f32>2.0000714765e-1;
  p = p * m + <f32>-2.4999993993e-1;
  p = p * m + <f32>3.3333331174e-1;
  let y = m * z * p;
  y += e * LN2_LOW;
  y += <f32>-0.5 * z;
  return m + y + e * LN2_HIGH;
}

/** Sum of the four lanes, in a fixed order. */
@inline
export function sum4(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Largest of the four lanes, NaN if one is. */
@inline
export function max4(x: v128): f32 {
  const pairs = f32x4.max(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return max<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** The first `lanes` (1 to 3) floats at `p`, the other lanes zero. Reads nothing beyond them. */
@inline
export function loadPart(p: usize, lanes: i32): v128 {
  let x = v128.load32_zero(p);
  if (lanes > 1) x = f32x4.replace_lane(x, 1, load<f32>(p, 4));
  if (lanes > 2) x = f32x4.replace_lane(x, 2, load<f32>(p, 8));
  return x;
}

/** Stores the first `lanes` (1 to 3) floats of `x`. */
@inline
export function storePart(p: usize, x: v128, lanes: i32): void {
  store<f32>(p, f32x4.extract_lane(x, 0));
  if (lanes > 1) store<f32>(p, f32x4.extract_lane(x, 1), 4);
  if (lanes > 2) store<f32>(p, f32x4.extract_lane(x, 2), 8);
}
