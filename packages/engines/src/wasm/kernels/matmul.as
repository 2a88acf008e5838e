// C = A · B for f32 matrices of any strides.
//
// C is made in tiles of 4 rows × 8 columns, whose 32 sums stay in 8 vector registers for the whole length of k. For that both
// factors are copied ("packed") into the order in which a tile reads them: B into panels of 8 columns, panel[k][0..8), and A into
// strips of 4 rows, strip[k][0..4), unless it is transposed, when it lies like that already. Panels are zero-padded on the right.
// Method: Goto & van de Geert, "Anatomy of high-performance matrix multiplication", ACM TOMS 34(3), 2008.

import { F32 } from "./simd";

/** Rows and columns of a tile. */
export const TILE_ROWS: i32 = 4;
export const TILE_COLUMNS: i32 = 8;
/** Bytes of a tile, of one row of a panel and of one row of a strip. */
const TILE_BYTES: usize = 128;
export const PANEL_ROW: usize = 32;
export const STRIP_ROW: usize = 16;

/** A packed block of B is at most K_BLOCK × N_BLOCK floats: 256 KiB, so it stays in the second-level cache. */
const K_BLOCK: i32 = 256;
const N_BLOCK: i32 = 256;

/** Scratch that `matMul` needs, in bytes. */
export function matMulScratch(): usize {
  return TILE_BYTES + <usize>K_BLOCK * STRIP_ROW + <usize>(K_BLOCK * N_BLOCK) * F32;
}

@inline
function storeTileRow(c: usize, low: v128, high: v128, accumulate: bool): void {
  if (accumulate) {
    low = f32x4.add(low, v128.load(c));
    high = f32x4.add(high, v128.load(c, 16));
  }
  v128.store(c, low);
  v128.store(c, high, 16);
}

/**
 * One tile of C, or added to it. A's four rows' values for one k lie side by side at `a`, those of the next k `aStep` bytes on.
 * (Unrolling this loop made it a third slower in V8.)
 */
export function multiplyTile(a: usize, aStep: usize, b: usize, k: i32, c: usize, cRow: usize, accumulate: bool): void {
  let c00 = f32x4.splat(0),
    c01 = f32x4.splat(0),
    c10 = f32x4.splat(0),
    c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0),
    c21 = f32x4.splat(0),
    c30 = f32x4.splat(0),
    c31 = f32x4.splat(0);
  const end = b + <usize>k * PANEL_ROW;
  while (b < end) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    a += aStep;
    b += PANEL_ROW;
  }
  storeTileRow(c, c00, c01, accumulate);
  storeTileRow(c + cRow, c10, c11, accumulate);
  storeTileRow(c + 2 * cRow, c20, c21, accumulate);
  storeTileRow(c + 3 * cRow, c30, c31, accumulate);
}

/** The last `rows` (1 to 3) rows of a panel's tile, one at a time. A's element (r, k) is at a + r·aRow + k·aColumn. */
function edgeTile(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  k: i32,
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  accumulate: bool,
  edge: usize,
): void {
  for (let r = 0; r < rows; r++) {
    let low = f32x4.splat(0),
      high = f32x4.splat(0);
    let x = a + <usize>r * aRow;
    let panel = b;
    for (let i = 0; i < k; i++) {
      const splat = v128.load32_splat(x);
      low = f32x4.add(low, f32x4.mul(splat, v128.load(panel)));
      high = f32x4.add(high, f32x4.mul(splat, v128.load(panel, 16)));
      x += aColumn;
      panel += PANEL_ROW;
    }
    v128.store(edge, low);
    v128.store(edge, high, 16);
    copyTile(edge, c + <usize>r * cRow, cRow, 1, columns, accumulate);
  }
}

/** The rows × columns corner of a tile to its place in C. */
function copyTile(from: usize, c: usize, cRow: usize, rows: i32, columns: i32, accumulate: bool): void {
  for (let r = 0; r < rows; r++)
    for (let j = 0; j < columns; j++) {
      const to = c + <usize>r * cRow + <usize>j * F32;
      const value = load<f32>(from + <usize>r * PANEL_ROW + <usize>j * F32);
      store<f32>(to, accumulate ? load<f32>(to) + value : value);
    }
}

/** The vectors at x, x + x1, x + x2 and x + x3, transposed, to four places `step` bytes apart. */
@inline
function transpose4(x: usize, x1: usize, x2: usize, x3: usize, to: usize, step: usize): void {
  const v0 = v128.load(x),
    v1 = v128.load(x + x1),
    v2 = v128.load(x + x2),
    v3 = v128.load(x + x3);
  const low01 = v128.shuffle<i32>(v0, v1, 0, 4, 1, 5),
    high01 = v128.shuffle<i32>(v0, v1, 2, 6, 3, 7);
  const low23 = v128.shuffle<i32>(v2, v3, 0, 4, 1, 5),
    high23 = v128.shuffle<i32>(v2, v3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(to + step, v128.shuffle<i64>(low01, low23, 1, 3));
  v128.store(to + 2 * step, v128.shuffle<i64>(high01, high23, 0, 2));
  v128.store(to + 3 * step, v128.shuffle<i64>(high01, high23, 1, 3));
}

/** Packs the k × n matrix at `b` into panels. Element (i, j) is at b + i·bRow + j·bColumn; one of the strides is 4. */
export function pack(b: usize, bRow: usize, bColumn: usize, k: i32, n: i32, to: usize): void {
  for (let j = 0; j < n; j += TILE_COLUMNS) {
    const columns = min(TILE_COLUMNS, n - j);
    const from = b + <usize>j * bColumn;
    if (columns == TILE_COLUMNS && bColumn == F32) {
      for (let i = 0; i < k; i++) {
        const row = from + <usize>i * bRow;
        v128.store(to, v128.load(row));
        v128.store(to, v128.load(row, 16), 16);
        to += PANEL_ROW;
      }
    } else if (columns == TILE_COLUMNS) {
      let i = 0;
      for (; i + 4 <= k; i += 4) {
        const x = from + <usize>i * bRow;
        transpose4(x, bColumn, 2 * bColumn, 3 * bColumn, to, PANEL_ROW);
        transpose4(x + 4 * bColumn, bColumn, 2 * bColumn, 3 * bColumn, to + 16, PANEL_ROW);
        to += 4 * PANEL_ROW;
      }
      for (; i < k; i++) {
        for (let c = 0; c < TILE_COLUMNS; c++)
          store<f32>(to + <usize>c * F32, load<f32>(from + <usize>i * bRow + <usize>c * bColumn));
        to += PANEL_ROW;
      }
    } else {
      for (let i = 0; i < k; i++) {
        v128.store(to, f32x4.splat(0));
        v128.store(to, f32x4.splat(0), 16);
        for (let c = 0; c < columns; c++) store<f32>(to + <usize>c * F32, load<f32>(from + <usize>i * bRow + <usize>c * bColumn));
        to += PANEL_ROW;
      }
    }
  }
}

/** Packs `rows` (1 to 4) rows of A, `aRow` bytes apart and contiguous along k, as a strip; missing rows repeat the last. */
export function packStrip(a: usize, aRow: usize, rows: i32, k: i32, to: usize): void {
  const row1 = <usize>min(1, rows - 1) * aRow,
    row2 = <usize>min(2, rows - 1) * aRow,
    row3 = <usize>min(3, rows - 1) * aRow;
  let i = 0;
  for (; i + 4 <= k; i += 4) {
    transpose4(a, row1, row2, row3, to, 16);
    a += 16;
    to += 64;
  }
  for (; i < k; i++) {
    store<f32>(to, load<f32>(a));
    store<f32>(to, load<f32>(a + row1), 4);
    store<f32>(to, load<f32>(a + row2), 8);
    store<f32>(to, load<f32>(a + row3), 12);
    a += 4;
    to += 16;
  }
}

/**
 * C [m, n] = A [m, k] · B [k, n], C contiguous. Element (i, l) of A is at a + i·aRow + l·aColumn, of B likewise (strides in
 * bytes; one of each pair is 4).
 */
export function matMul(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  bColumn: usize,
  c: usize,
  m: i32,
  n: i32,
  k: i32,
  scratch: usize,
): void {
  const cRow = <usize>n * F32;
  if (k == 0) memory.fill(c, 0, <usize>m * cRow);
  const edge = scratch;
  const aStrip = scratch + TILE_BYTES;
  const packed = aStrip + <usize>K_BLOCK * STRIP_ROW;
  for (let k0 = 0; k0 < k; k0 += K_BLOCK) {
    const kCount = min(K_BLOCK, k - k0);
    const accumulate = k0 > 0;
    const panelBytes = <usize>kCount * PANEL_ROW;
    for (let n0 = 0; n0 < n; n0 += N_BLOCK) {
      const nEnd = min(n0 + N_BLOCK, n);
      pack(b + <usize>k0 * bRow + <usize>n0 * bColumn, bRow, bColumn, kCount, nEnd - n0, packed);
      for (let i = 0; i < m; i += TILE_ROWS) {
        const rows = min(TILE_ROWS, m - i);
        let strip = a + <usize>i * aRow + <usize>k0 * aColumn;
        let stripStep = aColumn;
        if (rows == TILE_ROWS && aColumn == F32) {
          packStrip(strip, aRow, rows, kCount, aStrip);
          strip = aStrip;
          stripStep = STRIP_ROW;
        }
        let panel = packed;
        let to = c + <usize>i * cRow + <usize>n0 * F32;
        for (let j = n0; j < nEnd; j += TILE_COLUMNS) {
          const columns = min(TILE_COLUMNS, nEnd - j);
          if (rows < TILE_ROWS) edgeTile(strip, aRow, aColumn, panel, kCount, to, cRow, rows, columns, accumulate, edge);
          else if (columns < TILE_COLUMNS) {
            multiplyTile(strip, stripStep, panel, kCount, edge, PANEL_ROW, false);
            copyTile(edge, to, cRow, rows, columns, accumulate);
          } else multiplyTile(strip, stripStep, panel, kCount, to, cRow, accumulate);
          panel += panelBytes;
          to += PANEL_ROW;
        }
      }
    }
  }
}

/** `count` products; A, B and C advance by their own number of bytes (0 repeats a matrix). */
export function batchMatMul(
  a: usize,
  aBatch: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bBatch: usize,
  bRow: usize,
  bColumn: usize,
  c: usize,
  count: i32,
  m: i32,
  n: i32,
  k: i32,
  scratch: usize,
): void {
  const cBatch = <usize>m * <usize>n * F32;
  for (let i = 0; i < count; i++) {
    matMul(a, aRow, aColumn, b, bRow, bColumn, c, m, n, k, scratch);
    a += aBatch;
    b += bBatch;
    c += cBatch;
  }
}
