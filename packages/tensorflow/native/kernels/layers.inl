// RMSNorm, SwiGLU and the rotary embedding, each with its gradient, and AdamW.

/** Calls body(at, lanes) on `count` floats, LANES at a time; the last time maybe fewer. */
template <class Body>
INLINE void each_vector(int64_t count, Body body) {
  int64_t at = 0;
  for (; at + LANES <= count; at += LANES) body(at, int64_t{LANES});
  if (at < count) body(at, count - at);
}

INLINE F read(const float* from, int64_t lanes) { return lanes == LANES ? load(from) : load_part(from, lanes); }
INLINE void write(float* to, F x, int64_t lanes) {
  if (lanes == LANES) store(to, x);
  else store_part(to, x, lanes);
}

INLINE float inverse_scale(const float* x, int64_t width, float epsilon) {
  F squares = splat(0.0f);
  each_vector(width, [&](int64_t at, int64_t lanes) { squares += read(x + at, lanes) * read(x + at, lanes); });
  return 1 / std::sqrt(sum(squares) / static_cast<float>(width) + epsilon);
}

/** y = x r ∘ w, r = 1 / √(mean(x²) + ε) */
static void rms_norm(const float* x, const float* weight, float* y, int64_t rows, int64_t width, float epsilon) {
  parallel(rows, width / 4 + 1, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      const F r = splat(inverse_scale(x + i * width, width, epsilon));
      each_vector(width, [&](int64_t at, int64_t lanes) {
        write(y + i * width + at, read(x + i * width + at, lanes) * r * read(weight + at, lanes), lanes);
      });
    }
  });
}

/** dx = r (w ∘ dy) − x r³ mean(w ∘ dy ∘ x), dw = Σ dy ∘ x r; the sums go over pieces of rows that depend on their number alone, so no thread changes them. */
static void rms_norm_grad(const float* x, const float* weight, const float* dy, float* dx, float* d_weight, int64_t rows, int64_t width, float epsilon) {
  const int64_t piece = rows / 32 + 1, pieces = (rows + piece - 1) / piece;
  std::vector<float> parts(static_cast<size_t>(pieces * width), 0.0f);
  parallel(pieces, piece * (width / 2 + 1), [&](int64_t from, int64_t to) {
    for (int64_t i = from * piece; i < to * piece && i < rows; i++) {
      float* const part = parts.data() + i / piece * width;
      const float *const xi = x + i * width, *const di = dy + i * width;
      const float r = inverse_scale(xi, width, epsilon);
      F products = splat(0.0f);
      each_vector(width, [&](int64_t at, int64_t lanes) {
        products += read(weight + at, lanes) * read(di + at, lanes) * read(xi + at, lanes);
      });
      const F back = splat(sum(products) * r * r * r / static_cast<float>(width)), scale = splat(r);
      each_vector(width, [&](int64_t at, int64_t lanes) {
        const F own = read(xi + at, lanes), given = read(di + at, lanes);
        write(dx + i * width + at, scale * read(weight + at, lanes) * given - own * back, lanes);
        write(part + at, read(part + at, lanes) + given * own * scale, lanes);
      });
    }
  });
  std::memset(d_weight, 0, static_cast<size_t>(width) * 4);
  for (int64_t p = 0; p < pieces; p++)
    for (int64_t d = 0; d < width; d++) d_weight[d] += parts[static_cast<size_t>(p * width + d)];
}

/** y = g σ(g) u */
static void swiglu(const float* gate, const float* up, float* y, int64_t count) {
  constexpr int64_t piece = 1024;
  parallel((count + piece - 1) / piece, piece * 2, [&](int64_t from, int64_t to) {
    const int64_t begin = from * piece, end = to * piece < count ? to * piece : count;
    each_vector(end - begin, [&](int64_t at, int64_t lanes) {
      const F g = read(gate + begin + at, lanes);
      write(y + begin + at, g / (splat(1.0f) + exponential(-g)) * read(up + begin + at, lanes), lanes);
    });
  });
}

/** dg = dy u σ (1 + g (1 − σ)), du = dy g σ */
static void swiglu_grad(const float* gate, const float* up, const float* dy, float* d_gate, float* d_up, int64_t count) {
  constexpr int64_t piece = 1024;
  parallel((count + piece - 1) / piece, piece * 3, [&](int64_t from, int64_t to) {
    const int64_t begin = from * piece, end = to * piece < count ? to * piece : count;
    each_vector(end - begin, [&](int64_t at, int64_t lanes) {
      const F g = read(gate + begin + at, lanes), given = read(dy + begin + at, lanes);
      const F one = splat(1.0f), sigmoid = one / (one + exponential(-g));
      write(d_gate + begin + at, given * read(up + begin + at, lanes) * sigmoid * (one + g * (one - sigmoid)), lanes);
      write(d_up + begin + at, given * g * sigmoid, lanes);
    });
  });
}

/** Each pair (xⱼ, xⱼ₊D/2) is turned by its angle. x, y [B, T, H, D] */
static void rope(const float* x, const float* cos, const float* sin, float* y, const RopeSizes& s, float direction) {
  const int64_t half = s.size / 2;
  parallel(s.batch * s.time, s.heads * s.size / 4 + 1, [&](int64_t from, int64_t to) {
    for (int64_t place = from; place < to; place++) {
      const int64_t table = (s.own ? place : place % s.time) * half;
      for (int64_t h = 0; h < s.heads; h++) {
        const int64_t at = (place * s.heads + h) * s.size;
        for (int64_t j = 0; j < half; j++) {
          const float c = cos[table + j], turned = direction * sin[table + j];
          const float left = x[at + j], right = x[at + half + j];
          y[at + j] = left * c - right * turned;
          y[at + half + j] = right * c + left * turned;
        }
      }
    }
  });
}

/** m′ = β₁ m + (1 − β₁) g, v′ = β₂ v + (1 − β₂) g², x′ = x (1 − ηλ) − η (m′ / c₁) / (√(v′ / c₂) + ε). Where g lies an output may. */
static void adam_w(const float* parameter, const float* gradient, const float* first, const float* second, float* parameter2, float* first2, float* second2, int64_t count, const AdamWNumbers& n) {
  constexpr int64_t piece = 4096;
  parallel((count + piece - 1) / piece, piece * 2, [&](int64_t from, int64_t to) {
    const int64_t begin = from * piece, end = to * piece < count ? to * piece : count;
    const F rate = splat(n.rate / n.correction1), inverse = splat(1 / n.correction2), epsilon = splat(n.epsilon);
    each_vector(end - begin, [&](int64_t offset, int64_t lanes) {
      const int64_t at = begin + offset;
      const F g = read(gradient + at, lanes);
      const F m = splat(n.beta1) * read(first + at, lanes) + splat(n.rest1) * g;
      const F v = splat(n.beta2) * read(second + at, lanes) + splat(n.rest2) * (g * g);
      const F scaled = v * inverse;
      F root;
      for (int i = 0; i < LANES; i++) root[i] = std::sqrt(scaled[i]);
      write(parameter2 + at, splat(n.kept) * read(parameter + at, lanes) - rate * m / (root + epsilon), lanes);
      write(first2 + at, m, lanes);
      write(second2 + at, v, lanes);
    });
  });
}
