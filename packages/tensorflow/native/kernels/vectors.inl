// Vectors of LANES floats, by GCC's vector extensions: loads and stores anywhere, sums, and eˣ.

typedef float F __attribute__((vector_size(4 * LANES)));
typedef int32_t I __attribute__((vector_size(4 * LANES)));
typedef float Anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

constexpr float infinity = std::numeric_limits<float>::infinity();

INLINE F splat(float x) { return x - F{}; }
INLINE F load(const float* from) { return *reinterpret_cast<const Anywhere*>(from); }
INLINE void store(float* to, F x) { *reinterpret_cast<Anywhere*>(to) = x; }

/** The first `count` lanes from memory, `other` in those after. */
INLINE F load_part(const float* from, int64_t count, float other = 0) {
  F x = splat(other);
  std::memcpy(&x, from, static_cast<size_t>(count) * 4);
  return x;
}
INLINE void store_part(float* to, F x, int64_t count) { std::memcpy(to, &x, static_cast<size_t>(count) * 4); }

INLINE float sum(F x) {
  float parts[LANES];
  std::memcpy(parts, &x, sizeof(x));
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) parts[i] += parts[i + width];
  return parts[0];
}

/** Lane i is the sum of x[i]: halves are added in a tree, two vectors at a time. Overwrites x. */
INLINE F sums(F* x) {
#ifdef __clang__
  F result = splat(0.0f);
  for (int i = 0; i < LANES; i++) result[i] = sum(x[i]);
  return result;
#else
  I even, odd;
  for (int i = 0; i < LANES; i++) {
    even[i] = 2 * i;
    odd[i] = 2 * i + 1;
  }
  for (int count = LANES; count > 1; count /= 2)
    for (int i = 0; i < count / 2; i++)
      x[i] = __builtin_shuffle(x[2 * i], x[2 * i + 1], even) + __builtin_shuffle(x[2 * i], x[2 * i + 1], odd);
  return x[0];
#endif
}

/** x[i][j] becomes x[j][i]: each pass interleaves the vectors of the first half with those of the second. */
INLINE void transpose(F* x) {
#ifdef __clang__
  for (int i = 0; i < LANES; i++)
    for (int j = 0; j < i; j++) {
      const float kept = x[i][j];
      x[i][j] = x[j][i];
      x[j][i] = kept;
    }
#else
  I low, high;
  for (int i = 0; i < LANES; i++) {
    low[i] = i / 2 + (i % 2) * LANES;
    high[i] = low[i] + LANES / 2;
  }
  for (int pass = 1; pass < LANES; pass *= 2) {
    F mixed[LANES];
    for (int i = 0; i < LANES / 2; i++) {
      mixed[2 * i] = __builtin_shuffle(x[i], x[i + LANES / 2], low);
      mixed[2 * i + 1] = __builtin_shuffle(x[i], x[i + LANES / 2], high);
    }
    for (int i = 0; i < LANES; i++) x[i] = mixed[i];
  }
#endif
}

INLINE F larger(F a, F b) { return a > b ? a : b; }

INLINE float largest(F x) {
  float parts[LANES];
  std::memcpy(parts, &x, sizeof(x));
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) parts[i] = parts[i] > parts[i + width] ? parts[i] : parts[i + width];
  return parts[0];
}

/**
 * eˣ by x = n ln 2 + r, |r| ≤ ln 2 / 2, a polynomial in r (Cephes' expf) and a shift by n. Within 2 units in the last place; 0 below −87.3.
 */
INLINE F exponential(F x) {
  const F limited = x > splat(88.8f) ? splat(88.8f) : x;
  const F magic = splat(12582912.0f);  // adding 1.5 · 2²³ rounds to a whole number
  const F n = (limited * splat(1.44269504f) + magic) - magic;
  const F r = limited - n * splat(0.693359375f) - n * splat(-2.12194440e-4f);
  F y = splat(1.9875691500e-4f);
  y = y * r + splat(1.3981999507e-3f);
  y = y * r + splat(8.3334519073e-3f);
  y = y * r + splat(4.1665795894e-2f);
  y = y * r + splat(1.6666665459e-1f);
  y = y * r + splat(5.0000001201e-1f);
  y = y * r * r + r + splat(1.0f);
  const I whole = __builtin_convertvector(n, I);
  const I half = whole >> 1;  // 2ⁿ in two factors: n goes up to 128
  const I low = (half + 127) << 23, high = (whole - half + 127) << 23;
  F scale, more;
  std::memcpy(&scale, &low, sizeof(scale));
  std::memcpy(&more, &high, sizeof(more));
  const F result = y * scale * more;
  return x < splat(-87.3f) ? splat(0.0f) : result;
}

INLINE int64_t round_up(int64_t x, int64_t to) { return (x + to - 1) / to * to; }

/** Memory of this thread for one kernel call, kept for the next. */
INLINE float* scratch(int64_t floats) {
  static thread_local std::vector<float> kept;
  if (static_cast<int64_t>(kept.size()) < floats + LANES) kept.resize(static_cast<size_t>(floats + LANES));
  return kept.data();
}
