// Attention with grouped query heads and its gradient, fused: neither scores nor probabilities ever become a tensor.
//
//     S = scale · Q Kᵀ, P = softmax over the keys that a query may see, O = P V, lse = ln Σ eˢ
//     δ = Σ dO ∘ O, dP = dO Vᵀ, dS = P ∘ (dP − δ), dQ = scale · dS K, dK = scale · dSᵀ Q, dV = Pᵀ dO
//
// (Dao et al., FlashAttention, arXiv 2205.14135v2, algorithm 4 for the gradient.) Layouts: Q, O [B, Tq, H, D]; K, V
// [B, Tk, Hkv, D]; mask [B, Tk], 1 = may be seen; lse [B, H, Tq]. Query i sees key j if mask[j] > 0 and j ≤ i + offset.
// A query that sees no key gets O = 0, lse = +∞. What lies in keys and values nobody may see is never used, NaN included.
//
// Tq ≥ 4 goes through the tiles of matmul.ts, four queries at a time; fewer queries (decoding) read K and V in place.

import { expOfLog4, F32, log1, max4, sum4, VEC } from "./simd";
import { multiplyTile, pack, packStrip, PANEL_ROW, STRIP_ROW, TILE_COLUMNS, TILE_ROWS } from "./matmul";

const INF: f32 = Infinity;

@inline
function roundUp(x: i32, to: i32): i32 {
  return ((x + to - 1) / to) * to;
}

/** Number of keys, from the first, that query i may see if the mask allows it. */
@inline
function keysSeen(i: i32, keys: i32, offset: i32): i32 {
  return max(0, min(keys, i + offset + 1));
}

/** Bytes of scratch for either kernel. */
export function attentionScratch(queries: i32, keys: i32, d: i32): usize {
  const q = roundUp(queries, 8),
    k = roundUp(keys, 8),
    w = roundUp(d, 8);
  // mask; Kᵀ, Vᵀ and K panels; Q and dO panels; P and dS; dK and dV; four rows of product, of weights and of a strip
  return <usize>(k + 3 * k * w + 2 * q * w + 2 * q * k + 2 * k * w + 4 * w + 4 * k + 4 * max(k, w) + 16) * F32;
}

/** Writes the mask of one sequence as f32 0 or 1, padded with zeros to a multiple of 8 keys. */
function readMask(mask: usize, keys: i32, to: usize): void {
  const padded = roundUp(keys, 8);
  for (let j = 0; j < padded; j++) {
    const seen = j < keys && (mask == 0 || load<f32>(mask + <usize>j * F32) > 0);
    store<f32>(to + <usize>j * F32, seen ? <f32>1 : <f32>0);
  }
}

/** Packs Kᵀ (or Vᵀ), [D, Tk], with zeros for masked keys. */
function packKeysAcross(k: usize, kRow: usize, keys: i32, d: i32, mask: usize, to: usize): void {
  pack(k, F32, kRow, d, keys, to);
  for (let j = 0; j < keys; j++) {
    if (load<f32>(mask + <usize>j * F32) > 0) continue;
    const column = to + <usize>(j / TILE_COLUMNS) * <usize>d * PANEL_ROW + <usize>(j % TILE_COLUMNS) * F32;
    for (let i = 0; i < d; i++) store<f32>(column + <usize>i * PANEL_ROW, 0);
  }
}

/** Packs K (or V), [Tk, D], with zeros for masked keys. */
function packKeysDown(k: usize, kRow: usize, keys: i32, d: i32, mask: usize, to: usize): void {
  pack(k, kRow, F32, keys, d, to);
  for (let j = 0; j < keys; j++) {
    if (load<f32>(mask + <usize>j * F32) > 0) continue;
    for (let p = 0; p < d; p += TILE_COLUMNS) {
      const row = to + <usize>(p / TILE_COLUMNS) * <usize>keys * PANEL_ROW + <usize>j * PANEL_ROW;
      v128.store(row, f32x4.splat(0));
      v128.store(row, f32x4.splat(0), 16);
    }
  }
}

/** A strip of four queries, packed, times packed [D, Tk] → to[4][keys], the first `panels` panels. */
function stripTimesKeys(strip: usize, d: i32, packed: usize, panels: i32, to: usize, toRow: usize): void {
  for (let p = 0; p < panels; p++) {
    multiplyTile(strip, STRIP_ROW, packed, d, to, toRow, false);
    packed += <usize>d * PANEL_ROW;
    to += PANEL_ROW;
  }
}

/**
 * Four rows of weights [4][keys] times packed [Tk, D] → to[4][toRow]. Row r uses only the first keysSeen(i + r) keys: where
 * the four differ the rest is added row by row, so that a NaN in a later key can't reach an earlier query.
 */
function stripTimesValues(
  weights: usize,
  weightsRow: usize,
  i: i32,
  rows: i32,
  keys: i32,
  offset: i32,
  d: i32,
  packed: usize,
  strip: usize,
  to: usize,
  toRow: usize,
): void {
  const common = keysSeen(i, keys, offset);
  packStrip(weights, weightsRow, TILE_ROWS, common, strip);
  for (let p = 0; p < d; p += TILE_COLUMNS) {
    multiplyTile(strip, STRIP_ROW, packed, common, to, toRow, false);
    for (let r = 1; r < rows; r++) {
      const row = to + <usize>r * toRow;
      let low = v128.load(row),
        high = v128.load(row, 16);
      const seen = keysSeen(i + r, keys, offset);
      for (let j = common; j < seen; j++) {
        const x = v128.load32_splat(weights + <usize>r * weightsRow + <usize>j * F32);
        const panel = packed + <usize>j * PANEL_ROW;
        low = f32x4.add(low, f32x4.mul(x, v128.load(panel)));
        high = f32x4.add(high, f32x4.mul(x, v128.load(panel, 16)));
      }
      v128.store(row, low);
      v128.store(row, high, 16);
    }
    packed += <usize>keys * PANEL_ROW;
    to += PANEL_ROW;
  }
}

/** All ones in the lanes j … j + 3 that are among the first `seen` keys and not masked. */
@inline
function visible(mask: usize, j: i32, seen: i32): v128 {
  const allowed = f32x4.gt(v128.load(mask + <usize>j * F32), f32x4.splat(0));
  return v128.and(allowed, i32x4.lt_s(i32x4.add(i32x4.splat(j), i32x4(0, 1, 2, 3)), i32x4.splat(seen)));
}

/** What softmaxRow summed up. */
let rowSum: f32 = 0;

/** Scores in place → e^(scale·s − max), zero where unseen, for all `width` (a multiple of 4) of them. Returns lse. */
function softmaxRow(s: usize, mask: usize, seen: i32, width: i32, scale: f32): f32 {
  const scales = f32x4.splat(scale),
    unseen = f32x4.splat(-INF);
  let top = unseen;
  for (let j = 0; j < width; j += 4) {
    const at = s + <usize>j * F32;
    const x = v128.bitselect(f32x4.mul(v128.load(at), scales), unseen, visible(mask, j, seen));
    top = f32x4.pmax(top, x); // passes over NaN, which then comes back in the sum
    v128.store(at, x);
  }
  const highest = max4(top);
  const shift = f32x4.splat(highest == -INF ? <f32>0 : highest);
  let total = f32x4.splat(0);
  for (let j = 0; j < width; j += 4) {
    const at = s + <usize>j * F32;
    const e = expOfLog4(f32x4.sub(v128.load(at), shift));
    v128.store(at, e);
    total = f32x4.add(total, e);
  }
  rowSum = sum4(total);
  return rowSum == 0 ? INF : f32x4.extract_lane(shift, 0) + log1(rowSum);
}

/** to[0..d) = from[0..d) · factor */
@inline
function scaleRow(from: usize, to: usize, d: i32, factor: f32): void {
  const wide = d & ~3;
  for (let c = 0; c < wide; c += 4)
    v128.store(to + <usize>c * F32, f32x4.mul(v128.load(from + <usize>c * F32), f32x4.splat(factor)));
  for (let c = wide; c < d; c++) store<f32>(to + <usize>c * F32, load<f32>(from + <usize>c * F32) * factor);
}

export function attention(
  q: usize,
  k: usize,
  v: usize,
  mask: usize,
  out: usize,
  lse: usize,
  batch: i32,
  queries: i32,
  keys: i32,
  heads: i32,
  keyHeads: i32,
  d: i32,
  offset: i32,
  scale: f32,
  scratch: usize,
): void {
  const group = heads / keyHeads;
  const qRow = <usize>(heads * d) * F32;
  const kRow = <usize>(keyHeads * d) * F32;
  const headBytes = <usize>d * F32;
  const width = roundUp(keys, 8);
  const weightsRow = <usize>width * F32;
  const productRow = <usize>roundUp(d, 8) * F32;

  const seenMask = scratch;
  const kPacked = seenMask + weightsRow;
  const vPacked = kPacked + weightsRow * <usize>d;
  const weights = vPacked + productRow * <usize>keys;
  const product = weights + 4 * weightsRow;
  const sums = product + 4 * productRow;
  const strip = sums + 4 * F32;

  for (let b = 0; b < batch; b++) {
    readMask(mask == 0 ? 0 : mask + <usize>(b * keys) * F32, keys, seenMask);
    for (let g = 0; g < keyHeads; g++) {
      const kHead = k + <usize>(b * keys) * kRow + <usize>g * headBytes;
      const vHead = v + <usize>(b * keys) * kRow + <usize>g * headBytes;
      if (queries < TILE_ROWS && (d & 3) == 0) {
        for (let h = g * group; h < (g + 1) * group; h++)
          for (let i = 0; i < queries; i++) {
            const row = <usize>(b * queries + i) * qRow + <usize>h * headBytes;
            attendOne(
              q + row,
              kHead,
              vHead,
              kRow,
              seenMask,
              keysSeen(i, keys, offset),
              d,
              scale,
              weights,
              out + row,
              lse + <usize>((b * heads + h) * queries + i) * F32,
            );
          }
        continue;
      }
      packKeysAcross(kHead, kRow, keys, d, seenMask, kPacked);
      packKeysDown(vHead, kRow, keys, d, seenMask, vPacked);
      for (let h = g * group; h < (g + 1) * group; h++) {
        for (let i = 0; i < queries; i += TILE_ROWS) {
          const rows = min(TILE_ROWS, queries - i);
          const first = <usize>(b * queries + i) * qRow + <usize>h * headBytes;
          const panels = roundUp(keysSeen(i + TILE_ROWS - 1, keys, offset), 8) / 8;
          packStrip(q + first, qRow, rows, d, strip);
          stripTimesKeys(strip, d, kPacked, panels, weights, weightsRow);
          for (let r = 0; r < rows; r++) {
            const at = lse + <usize>((b * heads + h) * queries + i + r) * F32;
            store<f32>(
              at,
              softmaxRow(weights + <usize>r * weightsRow, seenMask, keysSeen(i + r, keys, offset), panels * 8, scale),
            );
            store<f32>(sums + <usize>r * F32, rowSum);
          }
          stripTimesValues(weights, weightsRow, i, rows, keys, offset, d, vPacked, strip, product, productRow);
          for (let r = 0; r < rows; r++) {
            const total = load<f32>(sums + <usize>r * F32);
            if (total == 0) memory.fill(out + first + <usize>r * qRow, 0, headBytes);
            else scaleRow(product + <usize>r * productRow, out + first + <usize>r * qRow, d, <f32>1 / total);
          }
        }
      }
    }
  }
}

/** One query against K and V in place; d is a multiple of 4. */
function attendOne(
  q: usize,
  k: usize,
  v: usize,
  kRow: usize,
  mask: usize,
  seen: i32,
  d: i32,
  scale: f32,
  weights: usize,
  out: usize,
  lse: usize,
): void {
  const width = roundUp(seen, 4);
  const bytes = <usize>d * F32;
  let j = 0;
  for (; j + 4 <= seen; j += 4) {
    const row0 = k + <usize>j * kRow,
      row1 = row0 + kRow,
      row2 = row1 + kRow,
      row3 = row2 + kRow;
    let d0 = f32x4.splat(0),
      d1 = f32x4.splat(0),
      d2 = f32x4.splat(0),
      d3 = f32x4.splat(0);
    for (let c: usize = 0; c < bytes; c += VEC) {
      const x = v128.load(q + c);
      d0 = f32x4.add(d0, f32x4.mul(x, v128.load(row0 + c)));
      d1 = f32x4.add(d1, f32x4.mul(x, v128.load(row1 + c)));
      d2 = f32x4.add(d2, f32x4.mul(x, v128.load(row2 + c)));
      d3 = f32x4.add(d3, f32x4.mul(x, v128.load(row3 + c)));
    }
    // The four lane sums at once.
    const s01 = f32x4.add(v128.shuffle<i32>(d0, d1, 0, 4, 1, 5), v128.shuffle<i32>(d0, d1, 2, 6, 3, 7));
    const s23 = f32x4.add(v128.shuffle<i32>(d2, d3, 0, 4, 1, 5), v128.shuffle<i32>(d2, d3, 2, 6, 3, 7));
    v128.store(weights + <usize>j * F32, f32x4.add(v128.shuffle<i64>(s01, s23, 0, 2), v128.shuffle<i64>(s01, s23, 1, 3)));
  }
  for (; j < seen; j++) {
    let dot = f32x4.splat(0);
    for (let c: usize = 0; c < bytes; c += VEC)
      dot = f32x4.add(dot, f32x4.mul(v128.load(q + c), v128.load(k + <usize>j * kRow + c)));
    store<f32>(weights + <usize>j * F32, sum4(dot));
  }
  store<f32>(lse, softmaxRow(weights, mask, seen, width, scale));
  const factor = f32x4.splat(rowSum == 0 ? <f32>0 : <f32>1 / rowSum);
  // Values 16 wide at a time, so that the sums stay in registers.
  let c: usize = 0;
  for (; c + 4 * VEC <= bytes; c += 4 * VEC) {
    let s0 = f32x4.splat(0),
      s1 = f32x4.splat(0),
      s2 = f32x4.splat(0),
      s3 = f32x4.splat(0);
    for (let j = 0; j < seen; j++) {
      if (load<f32>(weights + <usize>j * F32) != 0) {
        const x = v128.load32_splat(weights + <usize>j * F32),
          row = v + <usize>j * kRow + c;
        s0 = f32x4.add(s0, f32x4.mul(x, v128.load(row)));
        s1 = f32x4.add(s1, f32x4.mul(x, v128.load(row, 16)));
        s2 = f32x4.add(s2, f32x4.mul(x, v128.load(row, 32)));
        s3 = f32x4.add(s3, f32x4.mul(x, v128.load(row, 48)));
      }
    }
    v128.store(out + c, f32x4.mul(s0, factor));
    v128.store(out + c, f32x4.mul(s1, factor), 16);
    v128.store(out + c, f32x4.mul(s2, factor), 32);
    v128.store(out + c, f32x4.mul(s3, factor), 48);
  }
  for (; c < bytes; c += VEC) {
    let sum = f32x4.splat(0);
    for (let j = 0; j < seen; j++) {
      if (load<f32>(weights + <usize>j * F32) != 0)
        sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights + <usize>j * F32), v128.load(v + <usize>j * kRow + c)));
    }
    v128.store(out + c, f32x4.mul(sum, factor));
  }
}

export function attentionGrad(
  q: usize,
  k: usize,
  v: usize,
  mask: usize,
  out: usize,
  lse: usize,
  dOut: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  batch: i32,
  queries: i32,
  keys: i32,
  heads: i32,
  keyHeads: i32,
  d: i32,
  offset: i32,
  scale: f32,
  scratch: usize,
): void {
  const group = heads / keyHeads;
  const qRow = <usize>(heads * d) * F32;
  const kRow = <usize>(keyHeads * d) * F32;
  const headBytes = <usize>d * F32;
  const width = roundUp(keys, 8);
  const weightsRow = <usize>width * F32;
  const productRow = <usize>roundUp(d, 8) * F32;
  const paddedQueries = roundUp(queries, 4);

  const seenMask = scratch;
  const kAcross = seenMask + weightsRow;
  const vAcross = kAcross + weightsRow * <usize>d;
  const kDown = vAcross + weightsRow * <usize>d;
  const qDown = kDown + productRow * <usize>keys;
  const dOutDown = qDown + productRow * <usize>queries;
  const p = dOutDown + productRow * <usize>queries;
  const ds = p + weightsRow * <usize>paddedQueries;
  const dkSum = ds + weightsRow * <usize>paddedQueries;
  const dvSum = dkSum + productRow * <usize>width;
  const product = dvSum + productRow * <usize>width;
  const strip = product + 4 * productRow;

  for (let b = 0; b < batch; b++) {
    readMask(mask == 0 ? 0 : mask + <usize>(b * keys) * F32, keys, seenMask);
    for (let g = 0; g < keyHeads; g++) {
      const keyHead = <usize>(b * keys) * kRow + <usize>g * headBytes;
      packKeysAcross(k + keyHead, kRow, keys, d, seenMask, kAcross);
      packKeysAcross(v + keyHead, kRow, keys, d, seenMask, vAcross);
      packKeysDown(k + keyHead, kRow, keys, d, seenMask, kDown);
      memory.fill(dkSum, 0, 2 * productRow * <usize>width);

      for (let h = g * group; h < (g + 1) * group; h++) {
        const queryHead = <usize>(b * queries) * qRow + <usize>h * headBytes;
        pack(q + queryHead, qRow, F32, queries, d, qDown);
        pack(dOut + queryHead, qRow, F32, queries, d, dOutDown);

        for (let i = 0; i < queries; i += TILE_ROWS) {
          const rows = min(TILE_ROWS, queries - i);
          const first = queryHead + <usize>i * qRow;
          const panels = roundUp(keysSeen(i + TILE_ROWS - 1, keys, offset), 8) / 8;
          const pStrip = p + <usize>i * weightsRow,
            dsStrip = ds + <usize>i * weightsRow;
          packStrip(q + first, qRow, rows, d, strip);
          stripTimesKeys(strip, d, kAcross, panels, pStrip, weightsRow);
          packStrip(dOut + first, qRow, rows, d, strip);
          stripTimesKeys(strip, d, vAcross, panels, dsStrip, weightsRow);
          for (let r = 0; r < TILE_ROWS; r++) {
            const pRow = pStrip + <usize>r * weightsRow,
              dsRow = dsStrip + <usize>r * weightsRow;
            const bytes = <usize>(panels * 8) * F32;
            if (r >= rows) {
              memory.fill(pRow, 0, bytes);
              memory.fill(dsRow, 0, bytes);
              continue;
            }
            const delta = dot(dOut + first + <usize>r * qRow, out + first + <usize>r * qRow, d);
            const rowLse = load<f32>(lse + <usize>((b * heads + h) * queries + i + r) * F32);
            probabilitiesAndScoreGrads(pRow, dsRow, seenMask, keysSeen(i + r, keys, offset), panels * 8, scale, rowLse, delta);
          }
          stripTimesValues(dsStrip, weightsRow, i, rows, keys, offset, d, kDown, strip, product, productRow);
          for (let r = 0; r < rows; r++) scaleRow(product + <usize>r * productRow, dq + first + <usize>r * qRow, d, scale);
        }

        // dV += Pᵀ dO and dK += dSᵀ Q, four keys at a time, over the queries that can see them.
        for (let j = 0; j < keys; j += TILE_ROWS) {
          const firstQuery = max(0, j - offset) & ~3;
          if (firstQuery >= queries) break;
          const count = queries - firstQuery;
          const weightsAt = <usize>firstQuery * weightsRow + <usize>j * F32;
          const rowsAt = <usize>firstQuery * PANEL_ROW;
          for (let c = 0; c < d; c += TILE_COLUMNS) {
            const panel = <usize>(c / TILE_COLUMNS) * <usize>queries * PANEL_ROW + rowsAt;
            const to = <usize>j * productRow + <usize>c * F32;
            multiplyTile(p + weightsAt, weightsRow, dOutDown + panel, count, dvSum + to, productRow, true);
            multiplyTile(ds + weightsAt, weightsRow, qDown + panel, count, dkSum + to, productRow, true);
          }
        }
      }
      for (let j = 0; j < keys; j++) {
        const to = keyHead + <usize>j * kRow;
        scaleRow(dkSum + <usize>j * productRow, dk + to, d, scale);
        scaleRow(dvSum + <usize>j * productRow, dv + to, d, 1);
      }
    }
  }
}

function dot(x: usize, y: usize, d: i32): f32 {
  const wide = d & ~3;
  let sum = f32x4.splat(0);
  for (let c = 0; c < wide; c += 4) sum = f32x4.add(sum, f32x4.mul(v128.load(x + <usize>c * F32), v128.load(y + <usize>c * F32)));
  let total = sum4(sum);
  for (let c = wide; c < d; c++) total += load<f32>(x + <usize>c * F32) * load<f32>(y + <usize>c * F32);
  return total;
}

/** Scores → P = e^(scale·s − lse), dP → dS = P (dP − δ), both zero where unseen. */
function probabilitiesAndScoreGrads(
  s: usize,
  dp: usize,
  mask: usize,
  seen: i32,
  width: i32,
  scale: f32,
  lse: f32,
  delta: f32,
): void {
  const scales = f32x4.splat(scale),
    shift = f32x4.splat(lse),
    deltas = f32x4.splat(delta);
  for (let j = 0; j < width; j += 4) {
    const at = <usize>j * F32;
    const seenHere = visible(mask, j, seen);
    const weight = v128.and(expOfLog4(f32x4.sub(f32x4.mul(v128.load(s + at), scales), shift)), seenHere);
    v128.store(s + at, weight);
    v128.store(dp + at, v128.and(f32x4.mul(weight, f32x4.sub(v128.load(dp + at), deltas)), seenHere));
  }
}
