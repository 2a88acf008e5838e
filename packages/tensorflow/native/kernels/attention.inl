// Attention with grouped query heads and its gradient. Scores and probabilities exist only for a block of queries at a time.
//
//     S = scale · Q Kᵀ, P = softmax over the keys that a query may see, O = P V, lse = ln Σ eˢ
//     δ = Σ dO ∘ O, dP = dO Vᵀ, dS = P ∘ (dP − δ), dQ = scale · dS K, dK = scale · dSᵀ Q, dV = Pᵀ dO
//
// Dao et al., FlashAttention, arXiv 2205.14135v2, algorithm 4 for the gradient. A query that sees no key gets O = 0, lse = +∞. What masked
// keys and values hold is never used, NaN included.

constexpr int64_t block = 24;  // queries at a time: a multiple of the rows of a tile

/** Number of keys, from the first, that query i may see if the mask allows it. */
INLINE int64_t keys_seen(int64_t i, const AttentionSizes& s) {
  const int64_t seen = i + s.offset + 1;
  return seen < 0 ? 0 : seen > s.keys ? s.keys : seen;
}

INLINE bool may_see(const float* mask, int64_t j) { return mask == nullptr || mask[j] > 0; }

/** Rows of one head [count, D] → [count, width], zeros after D and in masked rows. */
static void copy_rows(const float* from, int64_t row, int64_t count, int64_t size, int64_t width, const float* mask, float* to) {
  for (int64_t j = 0; j < count; j++, from += row, to += width) {
    const bool seen = may_see(mask, j);
    if (seen) std::memcpy(to, from, static_cast<size_t>(size) * 4);
    std::memset(to + (seen ? size : 0), 0, static_cast<size_t>(width - (seen ? size : 0)) * 4);
  }
}

/** Rows of one head [count, D] → its transpose [D, width], zeros after `count` and in masked columns. */
static void copy_across(const float* from, int64_t row, int64_t count, int64_t size, int64_t width, const float* mask, float* to) {
  pack_across(from, row, count, size, width, to);
  for (int64_t j = 0; j < count; j++)
    for (int64_t d = 0; d < size && !may_see(mask, j); d++) to[d * width + j] = 0.0f;
}

/** Scores of one query in place → e^(scale · s − highest), 0 where it may not see, up to `width`. Gives their sum, and lse. */
static float softmax_row(float* s, const float* mask, int64_t seen, int64_t width, float scale, float* lse) {
  for (int64_t j = seen; j < width; j++) s[j] = -infinity;
  if (mask != nullptr)
    for (int64_t j = 0; j < seen; j++)
      if (!(mask[j] > 0)) s[j] = -infinity;
  F top = splat(-infinity);
  for (int64_t j = 0; j < width; j += LANES) top = larger(load(s + j), top);
  const float highest = largest(top) * scale;
  const F shift = splat(highest == -infinity ? 0.0f : highest), factor = splat(scale);
  F total = splat(0.0f);
  for (int64_t j = 0; j < width; j += LANES) {
    const F e = exponential(load(s + j) * factor - shift);
    store(s + j, e);
    total += e;
  }
  const float whole = sum(total);
  *lse = whole == 0 ? infinity : highest + std::log(whole);
  return whole;
}

INLINE float dot(const float* a, const float* b, int64_t size) {
  F total = splat(0.0f);
  int64_t d = 0;
  for (; d + LANES <= size; d += LANES) total += load(a + d) * load(b + d);
  if (d < size) total += load_part(a + d, size - d) * load_part(b + d, size - d);
  return sum(total);
}

/** q · k for `count` keys that lie `row` apart. `VECTORS`: D / LANES, or 0 where it has to be found out. */
template <int VECTORS>
static void scores_of(const float* q, const float* k, int64_t row, int64_t count, int64_t size, float* to) {
  int64_t j = 0;
  if (VECTORS > 0) {
    F own[VECTORS > 0 ? VECTORS : 1];
    for (int v = 0; v < VECTORS; v++) own[v] = load(q + v * LANES);
    for (; j + LANES <= count; j += LANES) {
      F products[LANES];
      for (int i = 0; i < LANES; i++) {
        products[i] = own[0] * load(k + (j + i) * row);
        for (int v = 1; v < VECTORS; v++) products[i] += own[v] * load(k + (j + i) * row + v * LANES);
      }
      store(to + j, sums(products));
    }
  }
  for (; j < count; j++) to[j] = dot(q, k + j * row, size);
}

/** Σ p_j v_j over `count` values; those whose weight is 0 may hold anything. */
template <int VECTORS>
static void weighted(const float* p, const float* v, int64_t row, int64_t count, int64_t size, float* to) {
  if (VECTORS == 0) {
    std::memset(to, 0, static_cast<size_t>(size) * 4);
    for (int64_t j = 0; j < count; j++)
      for (int64_t d = 0; d < size && p[j] != 0; d++) to[d] += p[j] * v[j * row + d];
    return;
  }
  F total[VECTORS > 0 ? VECTORS : 1] = {};
  for (int64_t j = 0; j < count; j++) {
    if (p[j] == 0) continue;
    for (int i = 0; i < VECTORS; i++) total[i] += splat(p[j]) * load(v + j * row + i * LANES);
  }
  for (int i = 0; i < VECTORS; i++) store(to + i * LANES, total[i]);
}

/** Few queries to a key head, as in decoding: keys and values are read where they lie. */
template <int VECTORS>
static void attend_few(const AttentionSizes& s, const AttentionTensors& t, int64_t b, int64_t h) {
  const int64_t group = s.heads / s.key_heads, row = s.key_heads * s.size;
  const float* const k = t.k + b * s.keys * row + h * s.size;
  const float* const v = t.v + b * s.keys * row + h * s.size;
  const float* const mask = t.mask == nullptr ? nullptr : t.mask + b * s.keys;
  float* const p = scratch(round_up(s.keys, LANES) + s.size);
  float* const total = p + round_up(s.keys, LANES);
  for (int64_t i = 0; i < s.queries; i++) {
    const int64_t seen = keys_seen(i, s);
    for (int64_t head = h * group; head < (h + 1) * group; head++) {
      const int64_t at = (b * s.queries + i) * s.heads + head;
      scores_of<VECTORS>(t.q + at * s.size, k, row, seen, s.size, p);
      const float sum_of_weights = softmax_row(p, mask, seen, round_up(seen, LANES), s.scale, t.lse + at);
      weighted<VECTORS>(p, v, row, seen, s.size, total);
      const float inverse = sum_of_weights == 0 ? 0.0f : 1 / sum_of_weights;
      for (int64_t d = 0; d < s.size; d++) t.out[at * s.size + d] = total[d] * inverse;
    }
  }
}

static void attend_many(const AttentionSizes& s, const AttentionTensors& t, int64_t b, int64_t h) {
  const int64_t group = s.heads / s.key_heads, row = s.key_heads * s.size, q_row = s.heads * s.size;
  const int64_t padded = round_up(s.keys, LANES), width = round_up(s.size, LANES);
  const float* const mask = t.mask == nullptr ? nullptr : t.mask + b * s.keys;
  float* const across = scratch(s.size * padded + padded * width + block * padded + block * width);
  float* const values = across + s.size * padded;
  float* const scores = values + padded * width;
  float* const total = scores + block * padded;
  copy_across(t.k + b * s.keys * row + h * s.size, row, s.keys, s.size, padded, mask, across);
  copy_rows(t.v + b * s.keys * row + h * s.size, row, s.keys, s.size, width, mask, values);
  for (int64_t head = h * group; head < (h + 1) * group; head++) {
    for (int64_t i0 = 0; i0 < s.queries; i0 += block) {
      const int64_t rows = i0 + block <= s.queries ? block : s.queries - i0;
      const int64_t columns = round_up(keys_seen(i0 + rows - 1, s), LANES);
      const int64_t at = (b * s.queries + i0) * s.heads + head;
      product({t.q + at * s.size, q_row, 1}, rows, s.size, across, padded, columns, scores, padded, false);
      float inverse[block];
      for (int64_t r = 0; r < rows; r++) {
        const float whole = softmax_row(scores + r * padded, mask, keys_seen(i0 + r, s), columns, s.scale, t.lse + at + r * s.heads);
        inverse[r] = whole == 0 ? 0.0f : 1 / whole;
      }
      product({scores, padded, 1}, rows, columns < s.keys ? columns : s.keys, values, width, width, total, width, false);
      for (int64_t r = 0; r < rows; r++)
        for (int64_t d = 0; d < s.size; d++) t.out[(at + r * s.heads) * s.size + d] = total[r * width + d] * inverse[r];
    }
  }
}

static void attention(const AttentionSizes& s, const AttentionTensors& t) {
  const auto attend = s.queries >= 4           ? attend_many
                      : s.size == LANES     ? attend_few<1>
                      : s.size == 2 * LANES ? attend_few<2>
                      : s.size == 4 * LANES ? attend_few<4>
                      : s.size == 8 * LANES ? attend_few<8>
                                            : attend_few<0>;
  const int64_t work = s.queries * (s.heads / s.key_heads) * s.keys * s.size / (LANES / 2);
  parallel(s.batch * s.key_heads, work, [&](int64_t from, int64_t to) {
    for (int64_t item = from; item < to; item++) attend(s, t, item / s.key_heads, item % s.key_heads);
  });
}

static void attend_back(const AttentionSizes& s, const AttentionTensors& t, const AttentionGradients& g, int64_t b, int64_t h) {
  const int64_t group = s.heads / s.key_heads, row = s.key_heads * s.size, q_row = s.heads * s.size;
  const int64_t padded = round_up(s.keys, LANES), width = round_up(s.size, LANES);
  const float* const mask = t.mask == nullptr ? nullptr : t.mask + b * s.keys;
  const float* const k = t.k + b * s.keys * row + h * s.size;
  const float* const v = t.v + b * s.keys * row + h * s.size;
  float* const k_across = scratch(2 * s.size * padded + 3 * padded * width + 2 * block * padded + 3 * block * width);
  float* const v_across = k_across + s.size * padded;
  float* const keys = v_across + s.size * padded;
  float* const dk = keys + padded * width;
  float* const dv = dk + padded * width;
  float* const weights = dv + padded * width;
  float* const d_scores = weights + block * padded;
  float* const queries = d_scores + block * padded;
  float* const d_out = queries + block * width;
  float* const dq = d_out + block * width;
  copy_across(k, row, s.keys, s.size, padded, mask, k_across);
  copy_across(v, row, s.keys, s.size, padded, mask, v_across);
  copy_rows(k, row, s.keys, s.size, width, mask, keys);
  std::memset(dk, 0, static_cast<size_t>(2 * padded * width) * 4);
  for (int64_t head = h * group; head < (h + 1) * group; head++) {
    for (int64_t i0 = 0; i0 < s.queries; i0 += block) {
      const int64_t rows = i0 + block <= s.queries ? block : s.queries - i0;
      const int64_t seen = keys_seen(i0 + rows - 1, s), columns = round_up(seen, LANES);
      const int64_t at = (b * s.queries + i0) * s.heads + head;
      copy_rows(t.q + at * s.size, q_row, rows, s.size, width, nullptr, queries);
      copy_rows(g.d_out + at * s.size, q_row, rows, s.size, width, nullptr, d_out);
      product({queries, width, 1}, rows, s.size, k_across, padded, columns, weights, padded, false);
      product({d_out, width, 1}, rows, s.size, v_across, padded, columns, d_scores, padded, false);
      for (int64_t r = 0; r < rows; r++) {
        const float* const out = t.out + (at + r * s.heads) * s.size;
        const float delta = dot(d_out + r * width, out, s.size), lse = t.lse[at + r * s.heads];
        const int64_t own = keys_seen(i0 + r, s);
        float* const p = weights + r * padded;
        float* const ds = d_scores + r * padded;
        for (int64_t j = 0; j < columns; j += LANES) {
          const F e = exponential(load(p + j) * splat(s.scale) - splat(lse));
          store(p + j, e);
          store(ds + j, e * (load(ds + j) - splat(delta)) * splat(s.scale));
        }
        for (int64_t j = own; j < columns; j++) p[j] = ds[j] = 0;
        if (mask != nullptr)
          for (int64_t j = 0; j < own; j++)
            if (!(mask[j] > 0)) p[j] = ds[j] = 0;
      }
      product({d_scores, padded, 1}, rows, seen, keys, width, width, dq, width, false);
      for (int64_t r = 0; r < rows; r++)
        std::memcpy(g.dq + (at + r * s.heads) * s.size, dq + r * width, static_cast<size_t>(s.size) * 4);
      product({d_scores, 1, padded}, seen, rows, queries, width, width, dk, width, true);
      product({weights, 1, padded}, seen, rows, d_out, width, width, dv, width, true);
    }
  }
  for (int64_t j = 0; j < s.keys; j++) {
    const int64_t to = ((b * s.keys + j) * s.key_heads + h) * s.size;
    std::memcpy(g.dk + to, dk + j * width, static_cast<size_t>(s.size) * 4);
    std::memcpy(g.dv + to, dv + j * width, static_cast<size_t>(s.size) * 4);
  }
}

static void attention_grad(const AttentionSizes& s, const AttentionTensors& t, const AttentionGradients& g) {
  const int64_t work = s.queries * (s.heads / s.key_heads) * s.keys * s.size / (LANES / 4);
  parallel(s.batch * s.key_heads, work, [&](int64_t from, int64_t to) {
    for (int64_t item = from; item < to; item++) attend_back(s, t, g, item / s.key_heads, item % s.key_heads);
  });
}
