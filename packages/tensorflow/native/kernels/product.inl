// Small matrix products: C [M, N] = A [M, K] · B [K, N], or added to C. A has any strides; rows of B and C are contiguous and N is a multiple of
// LANES. Tiles of C stay in registers.

#if LANES == 16
constexpr int tile_rows = 6, tile_vectors = 4;  // 24 of 32 registers
#else
constexpr int tile_rows = 4, tile_vectors = 2;  // 8 of 16
#endif

struct Strided {
  const float* at;
  int64_t row;
  int64_t column;
};

template <int ROWS, int VECTORS>
INLINE void product_tile(Strided a, int64_t depth, const float* b, int64_t b_row, float* c, int64_t c_row, bool add) {
  F sums[ROWS][VECTORS];
  for (int i = 0; i < ROWS; i++)
    for (int v = 0; v < VECTORS; v++) sums[i][v] = add ? load(c + i * c_row + v * LANES) : splat(0.0f);
  for (int64_t k = 0; k < depth; k++) {
    F row[VECTORS];
    for (int v = 0; v < VECTORS; v++) row[v] = load(b + k * b_row + v * LANES);
    for (int i = 0; i < ROWS; i++) {
      const F x = splat(a.at[i * a.row + k * a.column]);
      for (int v = 0; v < VECTORS; v++) sums[i][v] += x * row[v];
    }
  }
  for (int i = 0; i < ROWS; i++)
    for (int v = 0; v < VECTORS; v++) store(c + i * c_row + v * LANES, sums[i][v]);
}

template <int VECTORS>
static void product_columns(Strided a, int64_t rows, int64_t depth, const float* b, int64_t b_row, float* c, int64_t c_row, bool add) {
  int64_t i = 0;
  for (; i + tile_rows <= rows; i += tile_rows)
    product_tile<tile_rows, VECTORS>({a.at + i * a.row, a.row, a.column}, depth, b, b_row, c + i * c_row, c_row, add);
  for (; i + 2 <= rows; i += 2)
    product_tile<2, VECTORS>({a.at + i * a.row, a.row, a.column}, depth, b, b_row, c + i * c_row, c_row, add);
  for (; i < rows; i++)
    product_tile<1, VECTORS>({a.at + i * a.row, a.row, a.column}, depth, b, b_row, c + i * c_row, c_row, add);
}

static void product(Strided a, int64_t rows, int64_t depth, const float* b, int64_t b_row, int64_t columns, float* c, int64_t c_row, bool add) {
  int64_t j = 0;
  for (; j + tile_vectors * LANES <= columns; j += tile_vectors * LANES)
    product_columns<tile_vectors>(a, rows, depth, b + j, b_row, c + j, c_row, add);
#if LANES == 16
  for (; j + 2 * LANES <= columns; j += 2 * LANES) product_columns<2>(a, rows, depth, b + j, b_row, c + j, c_row, add);
#endif
  for (; j < columns; j += LANES) product_columns<1>(a, rows, depth, b + j, b_row, c + j, c_row, add);
}

/** Rows [size, depth] → [depth, width] from the first, zeros beyond `size`; the width is a multiple of LANES. */
static void pack_across(const float* b, int64_t b_row, int64_t size, int64_t depth, int64_t width, float* to) {
  for (int64_t j = 0; j < width; j += LANES)
    for (int64_t k = 0; k < depth; k += LANES) {
      const int64_t lanes = k + LANES <= depth ? LANES : depth - k;
      F square[LANES];
      for (int i = 0; i < LANES; i++) {
        const float* const row = b + (j + i) * b_row + k;
        square[i] = j + i >= size ? splat(0.0f) : lanes == LANES ? load(row) : load_part(row, lanes);
      }
      transpose(square);
      for (int64_t i = 0; i < lanes; i++) store(to + (k + i) * width + j, square[i]);
    }
}

/** The same where N isn't a multiple of LANES, or B lies as [N, K]. a [M, K] → c [M, N], each columns' panel by one thread. */
static void mat_mul(const float* a, const float* b, float* c, int64_t rows, int64_t depth, int64_t columns, bool transpose_b) {
  constexpr int64_t width = LANES * tile_vectors;
  parallel((columns + width - 1) / width, rows * depth * width / LANES, [&](int64_t from, int64_t to) {
    float* const panel = scratch((depth + rows) * width);
    float* const result = panel + depth * width;
    for (int64_t p = from; p < to; p++) {
      const int64_t first = p * width, count = first + width <= columns ? width : columns - first;
      const float* own = b + first;
      int64_t row = columns;
      if (transpose_b) {
        pack_across(b + first * depth, depth, count, depth, width, panel);
        own = panel;
        row = width;
      } else if (count % LANES != 0) {
        for (int64_t k = 0; k < depth; k++) {
          std::memcpy(panel + k * width, b + k * columns + first, static_cast<size_t>(count) * 4);
          std::memset(panel + k * width + count, 0, static_cast<size_t>(width - count) * 4);
        }
        own = panel;
        row = width;
      }
      if (count % LANES == 0) {
        product({a, depth, 1}, rows, depth, own, row, count, c + first, columns, false);
        continue;
      }
      product({a, depth, 1}, rows, depth, own, row, round_up(count, LANES), result, width, false);
      for (int64_t i = 0; i < rows; i++) std::memcpy(c + i * columns + first, result + i * width, static_cast<size_t>(count) * 4);
    }
  });
}
