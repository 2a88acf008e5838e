// Rows of logits z [rows, V] → ln softmax at a target, the entropy, and a sampled token.
//
//     lse = ln Σ eᶻ, logProb = z_target − lse, p = eᶻ⁻ˡˢᵉ, entropy h = −Σ p ln p
//     d logProb / dz = onehot(target) − p,   dh / dz = −p (ln p + h)

INLINE float highest_of(const float* z, int64_t vocabulary) {
  F top = splat(-infinity);
  each_vector(vocabulary, [&](int64_t at, int64_t lanes) {
    top = larger(lanes == LANES ? load(z + at) : load_part(z + at, lanes, -infinity), top);
  });
  return largest(top);
}

/** ln Σ eᶻ; NaN where a logit is NaN or +∞. */
INLINE float log_sum_exp(const float* z, int64_t vocabulary) {
  const float highest = highest_of(z, vocabulary);
  F total = splat(0.0f);
  each_vector(vocabulary, [&](int64_t at, int64_t lanes) {
    total += exponential((lanes == LANES ? load(z + at) : load_part(z + at, lanes, -infinity)) - splat(highest));
  });
  return highest + std::log(sum(total));
}

static void token_log_probs(const float* z, const int32_t* targets, float* log_probs, float* lse, int64_t rows, int64_t vocabulary) {
  parallel(rows, vocabulary, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      lse[i] = log_sum_exp(z + i * vocabulary, vocabulary);
      log_probs[i] = z[i * vocabulary + targets[i]] - lse[i];
    }
  });
}

/** Masked tokens, whose dy is 0, get exactly 0 whatever their logits are. */
static void token_log_probs_grad(const float* z, const int32_t* targets, const float* lse, const float* dy, float* dz, int64_t rows, int64_t vocabulary) {
  parallel(rows, vocabulary, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      const float* const row = z + i * vocabulary;
      float* const out = dz + i * vocabulary;
      if (dy[i] == 0) {
        std::memset(out, 0, static_cast<size_t>(vocabulary) * 4);
        continue;
      }
      each_vector(vocabulary, [&](int64_t at, int64_t lanes) {
        write(out + at, exponential(read(row + at, lanes) - splat(lse[i])) * splat(-dy[i]), lanes);
      });
      out[targets[i]] += dy[i];
    }
  });
}

static void token_entropies(const float* z, float* entropies, float* lse, int64_t rows, int64_t vocabulary) {
  parallel(rows, vocabulary * 2, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      const float* const row = z + i * vocabulary;
      lse[i] = log_sum_exp(row, vocabulary);
      F total = splat(0.0f);
      each_vector(vocabulary, [&](int64_t at, int64_t lanes) {
        const F log_p = (lanes == LANES ? load(row + at) : load_part(row + at, lanes, -infinity)) - splat(lse[i]);
        const F p = exponential(log_p);
        total -= p == splat(0.0f) ? splat(0.0f) : p * log_p;
      });
      entropies[i] = sum(total);
    }
  });
}

static void token_entropies_grad(const float* z, const float* entropies, const float* lse, const float* dy, float* dz, int64_t rows, int64_t vocabulary) {
  parallel(rows, vocabulary, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      const float* const row = z + i * vocabulary;
      float* const out = dz + i * vocabulary;
      if (dy[i] == 0) {
        std::memset(out, 0, static_cast<size_t>(vocabulary) * 4);
        continue;
      }
      each_vector(vocabulary, [&](int64_t at, int64_t lanes) {
        const F log_p = read(row + at, lanes) - splat(lse[i]), p = exponential(log_p);
        write(out + at, p == splat(0.0f) ? splat(0.0f) : splat(-dy[i]) * p * (log_p + splat(entropies[i])), lanes);
      });
    }
  });
}

/** In float64, one after the other: a sum that a walk over its terms comes out at, where one in float32 could end on a token of no weight. */
INLINE double exact_sum(const float* x) {
  double total = 0;
  for (int i = 0; i < LANES; i++) total += x[i];
  return total;
}

/**
 * A token of softmax(z / temperature) by inverting its cumulative sum at `uniform` in [0, 1), and its log-probability. Temperature 0: the most
 * likely token (the first of equals), with log-probability 0. Where a logit is NaN or +∞ the log-probability is NaN.
 */
static void sample_tokens(const float* z, const float* uniforms, int32_t* tokens, float* log_probs, int64_t rows, int64_t vocabulary, float temperature) {
  parallel(rows, vocabulary * 2, [&](int64_t from, int64_t to) {
    const int64_t padded = round_up(vocabulary, LANES);
    float* const weights = scratch(padded);
    for (int64_t i = from; i < to; i++) {
      const float* const row = z + i * vocabulary;
      const float highest = highest_of(row, vocabulary);
      int64_t best = 0;
      while (best < vocabulary - 1 && row[best] != highest) best++;
      if (temperature == 0) {
        bool sound = highest < infinity;
        for (int64_t c = 0; c < vocabulary; c++) sound = sound && row[c] < infinity;  // NaN isn't
        tokens[i] = static_cast<int32_t>(best);
        log_probs[i] = sound ? 0.0f : std::numeric_limits<float>::quiet_NaN();
        continue;
      }
      const F inverse = splat(1 / temperature);
      double total = 0;
      each_vector(vocabulary, [&](int64_t at, int64_t lanes) {
        const F logits = lanes == LANES ? load(row + at) : load_part(row + at, lanes, -infinity);
        store(weights + at, exponential((logits - splat(highest)) * inverse));
        total += exact_sum(weights + at);
      });
      double left = static_cast<double>(uniforms[i]) * total;
      int64_t token = best;  // where rounding leaves something over
      for (int64_t at = 0; at < vocabulary; at += LANES) {
        const double part = exact_sum(weights + at);
        if (left >= part) {
          left -= part;
          continue;
        }
        const int64_t end = at + LANES < vocabulary ? at + LANES : vocabulary;
        int64_t last = -1, c = at;
        for (; c < end; c++) {
          if (weights[c] > 0) last = c;
          left -= weights[c];
          if (left < 0) break;
        }
        if (c < end) token = c;
        else if (last >= 0) token = last;
        break;
      }
      tokens[i] = static_cast<int32_t>(token);
      log_probs[i] = static_cast<float>(static_cast<double>(row[token] - highest) / temperature - std::log(total));
    }
  });
}
