// What the kernels compute, on plain memory. Each is compiled for several instruction sets; `kernels()` gives those that this machine runs best.

#pragma once

#include <cstdint>

namespace rewardlab {

/** Query i sees key j if j ≤ i + offset and mask[b][j] > 0. The query heads h·G … h·G + G − 1 read key head h, G = heads / key_heads. */
struct AttentionSizes {
  int64_t batch;      // B
  int64_t queries;    // Tq
  int64_t keys;       // Tk
  int64_t heads;      // H
  int64_t key_heads;  // Hkv
  int64_t size;       // D
  int64_t offset;
  float scale;
};

/** q, out [B, Tq, H, D]; k, v [B, Tk, Hkv, D]; mask [B, Tk] or null; lse [B, Tq, H]. */
struct AttentionTensors {
  const float* q;
  const float* k;
  const float* v;
  const float* mask;
  float* out;
  float* lse;
};

struct AttentionGradients {
  const float* d_out;  // [B, Tq, H, D]
  float* dq;           // [B, Tq, H, D]
  float* dk;           // [B, Tk, Hkv, D]
  float* dv;           // [B, Tk, Hkv, D]
};

struct RopeSizes {
  int64_t batch;  // B
  int64_t time;   // T
  int64_t heads;  // H
  int64_t size;   // D
  bool own;       // tables [B, T, D/2] instead of [T, D/2]
};

/** η, 1 − ηλ and the bias corrections at this step, β and 1 − β, ε. */
struct AdamWNumbers {
  float rate, kept, beta1, rest1, beta2, rest2, epsilon, correction1, correction2;
};

struct Kernels {
  /** a [M, K], b [K, N] or [N, K] → c [M, N] */
  void (*mat_mul)(const float* a, const float* b, float* c, int64_t rows, int64_t depth, int64_t columns, bool transpose_b);
  void (*attention)(const AttentionSizes&, const AttentionTensors&);
  void (*attention_grad)(const AttentionSizes&, const AttentionTensors&, const AttentionGradients&);
  /** x, y [rows, width] */
  void (*rms_norm)(const float* x, const float* weight, float* y, int64_t rows, int64_t width, float epsilon);
  void (*rms_norm_grad)(const float* x, const float* weight, const float* dy, float* dx, float* d_weight, int64_t rows, int64_t width, float epsilon);
  void (*swiglu)(const float* gate, const float* up, float* y, int64_t count);
  void (*swiglu_grad)(const float* gate, const float* up, const float* dy, float* d_gate, float* d_up, int64_t count);
  /** direction 1 turns, −1 turns back */
  void (*rope)(const float* x, const float* cos, const float* sin, float* y, const RopeSizes&, float direction);
  /** z [rows, V] */
  void (*token_log_probs)(const float* z, const int32_t* targets, float* log_probs, float* lse, int64_t rows, int64_t vocabulary);
  void (*token_log_probs_grad)(const float* z, const int32_t* targets, const float* lse, const float* dy, float* dz, int64_t rows, int64_t vocabulary);
  void (*token_entropies)(const float* z, float* entropies, float* lse, int64_t rows, int64_t vocabulary);
  void (*token_entropies_grad)(const float* z, const float* entropies, const float* lse, const float* dy, float* dz, int64_t rows, int64_t vocabulary);
  void (*sample_tokens)(const float* z, const float* uniforms, int32_t* tokens, float* log_probs, int64_t rows, int64_t vocabulary, float temperature);
  void (*adam_w)(const float* parameter, const float* gradient, const float* first, const float* second, float* parameter2, float* first2, float* second2, int64_t count, const AdamWNumbers&);
};

const Kernels& kernels();

}  // namespace rewardlab
