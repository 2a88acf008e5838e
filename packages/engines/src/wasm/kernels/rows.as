// Moving whole rows: gather, its gradient (sum by segment), copying a block into a preallocated cache.

import { F32, VEC } from "./simd";

/** y[i] = x[ids[i]], rows of `bytes`. Returns how many ids lie outside [0, count). */
export function gatherRows(x: usize, ids: usize, y: usize, idCount: i32, count: i32, bytes: i32): i32 {
  let outside = 0;
  for (let i = 0; i < idCount; i++) {
    const id = load<i32>(ids + <usize>i * F32);
    if (<u32>id < <u32>count) memory.copy(y, x + <usize>id * <usize>bytes, bytes);
    else outside++;
    y += bytes;
  }
  return outside;
}

/** y [segments, d] = Σ over the rows i of x with ids[i] = segment, in the order of i. Ids outside are dropped, as in TensorFlow. */
export function segmentSum(x: usize, ids: usize, y: usize, idCount: i32, segments: i32, d: i32): void {
  const row = <usize>d * F32,
    wide = <usize>(d & ~3) * F32;
  memory.fill(y, 0, <usize>segments * row);
  for (let i = 0; i < idCount; i++) {
    const id = load<i32>(ids + <usize>i * F32);
    if (<u32>id < <u32>segments) {
      const to = y + <usize>id * row;
      for (let c: usize = 0; c < wide; c += VEC) v128.store(to + c, f32x4.add(v128.load(to + c), v128.load(x + c)));
      for (let c = wide; c < row; c += F32) store<f32>(to + c, load<f32>(to + c) + load<f32>(x + c));
    }
    x += row;
  }
}

/** `count` blocks of `bytes`, `fromStep` and `toStep` bytes apart. */
export function copyBlocks(from: usize, fromStep: i32, to: usize, toStep: i32, bytes: i32, count: i32): void {
  // A bulk copy is a call, worth it for more than a value.
  for (let i = 0; i < count; i++) {
    if (bytes == 4) store<u32>(to, load<u32>(from));
    else if (bytes == 1) store<u8>(to, load<u8>(from));
    else memory.copy(to, from, bytes);
    from += fromStep;
    to += toStep;
  }
}
