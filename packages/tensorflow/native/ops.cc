#include "ops.h"

#include <cmath>
#include <cstring>

#include "kernels/kernels.h"
#include "op-kernel.h"

namespace rewardlab {
namespace {

int64_t product_of(const std::vector<int64_t>& sizes) {
  int64_t product = 1;
  for (const int64_t size : sizes) product *= size;
  return product;
}

/** Rows of the last axis, and its size. */
struct Rows {
  std::vector<int64_t> shape;
  std::vector<int64_t> outer;
  int64_t count;
  int64_t width;
};

Rows rows_of(Call& call, int input) {
  const std::vector<int64_t> shape = call.shape(input);
  if (shape.empty()) throw BadInput{"a scalar is given, expected at least one axis"};
  const std::vector<int64_t> outer(shape.begin(), shape.end() - 1);
  return {shape, outer, product_of(outer), shape.back()};
}

int64_t scalar_integer(Call& call, int input) {
  call.expect(input, {});
  return call.integers(input)[0];
}

float scalar(Call& call, int input) {
  call.expect(input, {});
  return call.floats(input)[0];
}

// ---------------------------------------------------------------- attention

/** Inputs 0 to 4 of both: q, k, v, mask ([B, Tk], or [0] for none), offset. */
AttentionSizes attention_sizes(Call& call, float scale) {
  const std::vector<int64_t> q = call.shape(0), k = call.shape(1);
  if (q.size() != 4 || k.size() != 4)
    throw BadInput{"q " + Call::text(q) + " and k " + Call::text(k) + " are given, expected four axes each"};
  if (k[2] == 0 || q[2] % k[2] != 0)
    throw BadInput{std::to_string(q[2]) + " query heads don't divide into " + std::to_string(k[2]) + " key heads"};
  call.expect(1, {q[0], k[1], k[2], q[3]});
  call.expect(2, k);
  if (call.shape(3) != std::vector<int64_t>{0}) call.expect(3, {q[0], k[1]});
  return {q[0], q[1], k[1], q[2], k[2], q[3], scalar_integer(call, 4), scale};
}

AttentionTensors attention_inputs(Call& call) {
  const float* const mask = call.shape(3) == std::vector<int64_t>{0} ? nullptr : call.floats(3);
  return {call.floats(0), call.floats(1), call.floats(2), mask, nullptr, nullptr};
}

const OpDescription attention_op{"RewardlabAttention",
                                 {"q: float", "k: float", "v: float", "mask: float", "offset: int32"},
                                 {"out: float", "lse: float"},
                                 {"scale"},
                                 {like(0), OutputShape{{0, 0, 3}}}};
void attention(Call& call, const Attributes& attributes) {
  const AttentionSizes sizes = attention_sizes(call, attributes[0]);
  AttentionTensors tensors = attention_inputs(call);
  tensors.out = call.floats_out(0, call.shape(0));
  tensors.lse = call.floats_out(1, {sizes.batch, sizes.queries, sizes.heads});
  kernels().attention(sizes, tensors);
}

const OpDescription attention_grad_op{
    "RewardlabAttentionGrad",
    {"q: float", "k: float", "v: float", "mask: float", "offset: int32", "out: float", "lse: float", "d_out: float"},
    {"dq: float", "dk: float", "dv: float"},
    {"scale"},
    {like(0), like(1), like(2)}};
void attention_grad(Call& call, const Attributes& attributes) {
  const AttentionSizes sizes = attention_sizes(call, attributes[0]);
  const std::vector<int64_t> q = call.shape(0), k = call.shape(1);
  call.expect(5, q);
  call.expect(6, {sizes.batch, sizes.queries, sizes.heads});
  call.expect(7, q);
  AttentionTensors tensors = attention_inputs(call);
  tensors.out = const_cast<float*>(call.floats(5));
  tensors.lse = const_cast<float*>(call.floats(6));
  kernels().attention_grad(sizes, tensors, {call.floats(7), call.floats_out(0, q), call.floats_out(1, k), call.floats_out(2, k)});
}

/** cache [B, C, ...] with added [B, T, ...] from `position` on: in the cache's own memory where nobody else holds it. */
const OpDescription append_op{
    "RewardlabAppendToCache", {"cache: float", "added: float", "position: int32"}, {"out: float"}, {}, {like(0)}};
void append(Call& call, const Attributes&) {
  const std::vector<int64_t> cache = call.shape(0), added = call.shape(1);
  if (cache.size() < 2 || added.size() != cache.size())
    throw BadInput{"cache " + Call::text(cache) + " and added " + Call::text(added) + " are given, expected [B, C, ...] and [B, T, ...]"};
  std::vector<int64_t> expected = cache;
  expected[1] = added[1];
  call.expect(1, expected);
  const int64_t position = scalar_integer(call, 2), capacity = cache[1], length = added[1];
  if (position < 0 || position + length > capacity)
    throw BadInput{"positions " + std::to_string(position) + " to " + std::to_string(position + length - 1) + " of " + std::to_string(capacity)};
  bool forwarded = false;
  float* const out = call.floats_out_in(0, 0, cache, &forwarded);
  const int64_t row = product_of({cache.begin() + 2, cache.end()});
  if (!forwarded) std::memcpy(out, call.floats(0), static_cast<size_t>(cache[0] * capacity * row) * 4);
  for (int64_t b = 0; b < cache[0]; b++)
    std::memcpy(out + (b * capacity + position) * row, call.floats(1) + b * length * row, static_cast<size_t>(length * row) * 4);
}

// ---------------------------------------------------------------- layers

/** For few rows, where TensorFlow's own products take longer to begin than to compute. a [M, K], b [K, N], transposed [N, K] → c [M, N] */
const OpDescription mat_mul_op{"RewardlabMatMul", {"a: float", "b: float"}, {"c: float"}, {}, {{{0, 0, 1}, {1, 1, 2}}}};
const OpDescription mat_mul_transposed_op{"RewardlabMatMulTransposed", {"a: float", "b: float"}, {"c: float"}, {}, {{{0, 0, 1}, {1, 0, 1}}}};
template <bool transposed>
void mat_mul(Call& call, const Attributes&) {
  const std::vector<int64_t> a = call.shape(0), b = call.shape(1);
  if (a.size() != 2 || b.size() != 2 || a[1] != b[transposed ? 1 : 0])
    throw BadInput{"a " + Call::text(a) + " and b " + Call::text(b) + " are given, which don't fit"};
  const int64_t columns = b[transposed ? 0 : 1];
  kernels().mat_mul(call.floats(0), call.floats(1), call.floats_out(0, {a[0], columns}), a[0], a[1], columns, transposed);
}

const OpDescription rms_norm_op{"RewardlabRmsNorm", {"x: float", "weight: float"}, {"y: float"}, {"epsilon"}, {like(0)}};
void rms_norm(Call& call, const Attributes& attributes) {
  const Rows x = rows_of(call, 0);
  call.expect(1, {x.width});
  kernels().rms_norm(call.floats(0), call.floats(1), call.floats_out(0, x.shape), x.count, x.width, attributes[0]);
}

const OpDescription rms_norm_grad_op{"RewardlabRmsNormGrad",
                                     {"x: float", "weight: float", "dy: float"},
                                     {"dx: float", "d_weight: float"},
                                     {"epsilon"},
                                     {like(0), like(1)}};
void rms_norm_grad(Call& call, const Attributes& attributes) {
  const Rows x = rows_of(call, 0);
  call.expect(1, {x.width});
  call.expect(2, x.shape);
  kernels().rms_norm_grad(call.floats(0), call.floats(1), call.floats(2), call.floats_out(0, x.shape), call.floats_out(1, {x.width}), x.count, x.width, attributes[0]);
}

const OpDescription swiglu_op{"RewardlabSwiglu", {"gate: float", "up: float"}, {"y: float"}, {}, {like(0)}};
void swiglu(Call& call, const Attributes&) {
  const std::vector<int64_t> shape = call.shape(0);
  call.expect(1, shape);
  kernels().swiglu(call.floats(0), call.floats(1), call.floats_out(0, shape), product_of(shape));
}

const OpDescription swiglu_grad_op{
    "RewardlabSwigluGrad", {"gate: float", "up: float", "dy: float"}, {"d_gate: float", "d_up: float"}, {}, {like(0), like(1)}};
void swiglu_grad(Call& call, const Attributes&) {
  const std::vector<int64_t> shape = call.shape(0);
  call.expect(1, shape);
  call.expect(2, shape);
  kernels().swiglu_grad(call.floats(0), call.floats(1), call.floats(2), call.floats_out(0, shape), call.floats_out(1, shape), product_of(shape));
}

const OpDescription rope_op{"RewardlabRope", {"x: float", "cos: float", "sin: float"}, {"y: float"}, {"direction"}, {like(0)}};
void rope(Call& call, const Attributes& attributes) {
  const std::vector<int64_t> x = call.shape(0);
  if (x.size() != 4 || x[3] % 2 != 0) throw BadInput{"x " + Call::text(x) + " is given, expected [B, T, H, D] with D even"};
  const bool own = call.shape(1).size() == 3;
  const std::vector<int64_t> table = own ? std::vector<int64_t>{x[0], x[1], x[3] / 2} : std::vector<int64_t>{x[1], x[3] / 2};
  call.expect(1, table);
  call.expect(2, table);
  kernels().rope(call.floats(0), call.floats(1), call.floats(2), call.floats_out(0, x), {x[0], x[1], x[2], x[3], own}, attributes[0]);
}

/** Numbers that follow from β are attributes of their own, since a float's 1 − 0.999 has four digits left. */
const OpDescription adam_w_op{
    "RewardlabAdamW",
    {"parameter: float", "gradient: float", "first: float", "second: float", "learning_rate: float", "step: float"},
    {"parameter_out: float", "first_out: float", "second_out: float"},
    {"beta1", "rest1", "log1", "beta2", "rest2", "log2", "epsilon", "weight_decay"},
    {like(0), like(0), like(0)}};
void adam_w(Call& call, const Attributes& a) {
  const std::vector<int64_t> shape = call.shape(0);
  for (const int input : {1, 2, 3}) call.expect(input, shape);
  const float rate = scalar(call, 4), step = scalar(call, 5);
  const auto correction = [&](float log) { return static_cast<float>(-std::expm1(static_cast<double>(step) * log)); };
  const AdamWNumbers numbers{rate, 1 - rate * a[7], a[0], a[1], a[3], a[4], a[6], correction(a[2]), correction(a[5])};
  bool forwarded = false;
  float* const first = call.floats_out_in(1, 1, shape, &forwarded);
  const float* const gradient = forwarded ? first : call.floats(1);
  kernels().adam_w(call.floats(0), gradient, call.floats(2), call.floats(3), call.floats_out(0, shape), first, call.floats_out(2, shape), product_of(shape), numbers);
}

// ---------------------------------------------------------------- tokens

const int32_t* targets_of(Call& call, int input, const Rows& logits) {
  call.expect(input, logits.outer);
  const int32_t* const targets = call.integers(input);
  for (int64_t i = 0; i < logits.count; i++)
    if (targets[i] < 0 || targets[i] >= logits.width)
      throw BadInput{"a target is " + std::to_string(targets[i]) + ", expected one in [0, " + std::to_string(logits.width) + ")"};
  return targets;
}

const OpDescription token_log_probs_op{
    "RewardlabTokenLogProbs", {"logits: float", "targets: int32"}, {"log_probs: float", "lse: float"}, {}, {like(1), like(1)}};
void token_log_probs(Call& call, const Attributes&) {
  const Rows logits = rows_of(call, 0);
  const int32_t* const targets = targets_of(call, 1, logits);
  kernels().token_log_probs(call.floats(0), targets, call.floats_out(0, logits.outer), call.floats_out(1, logits.outer), logits.count, logits.width);
}

const OpDescription token_log_probs_grad_op{"RewardlabTokenLogProbsGrad",
                                            {"logits: float", "targets: int32", "lse: float", "dy: float"},
                                            {"d_logits: float"},
                                            {},
                                            {like(0)}};
void token_log_probs_grad(Call& call, const Attributes&) {
  const Rows logits = rows_of(call, 0);
  const int32_t* const targets = targets_of(call, 1, logits);
  call.expect(2, logits.outer);
  call.expect(3, logits.outer);
  kernels().token_log_probs_grad(call.floats(0), targets, call.floats(2), call.floats(3), call.floats_out(0, logits.shape), logits.count, logits.width);
}

const OpDescription token_entropies_op{
    "RewardlabTokenEntropies", {"logits: float"}, {"entropies: float", "lse: float"}, {}, {outer(0), outer(0)}};
void token_entropies(Call& call, const Attributes&) {
  const Rows logits = rows_of(call, 0);
  kernels().token_entropies(call.floats(0), call.floats_out(0, logits.outer), call.floats_out(1, logits.outer), logits.count, logits.width);
}

const OpDescription token_entropies_grad_op{"RewardlabTokenEntropiesGrad",
                                            {"logits: float", "entropies: float", "lse: float", "dy: float"},
                                            {"d_logits: float"},
                                            {},
                                            {like(0)}};
void token_entropies_grad(Call& call, const Attributes&) {
  const Rows logits = rows_of(call, 0);
  for (const int input : {1, 2, 3}) call.expect(input, logits.outer);
  kernels().token_entropies_grad(call.floats(0), call.floats(1), call.floats(2), call.floats(3), call.floats_out(0, logits.shape), logits.count, logits.width);
}

const OpDescription sample_tokens_op{
    "RewardlabSampleTokens", {"logits: float", "uniforms: float"}, {"tokens: int32", "log_probs: float"}, {"temperature"}, {like(1), like(1)}};
void sample_tokens(Call& call, const Attributes& attributes) {
  const Rows logits = rows_of(call, 0);
  call.expect(1, logits.outer);
  if (logits.width == 0) throw BadInput{"there are no tokens to choose from"};
  kernels().sample_tokens(call.floats(0), call.floats(1), call.integers_out(0, logits.outer), call.floats_out(1, logits.outer), logits.count, logits.width, attributes[0]);
}

}  // namespace

void register_ops() {
  Op<attention_op, attention>::register_op();
  Op<attention_grad_op, attention_grad>::register_op();
  Op<append_op, append>::register_op();
  Op<mat_mul_op, mat_mul<false>>::register_op();
  Op<mat_mul_transposed_op, mat_mul<true>>::register_op();
  Op<rms_norm_op, rms_norm>::register_op();
  Op<rms_norm_grad_op, rms_norm_grad>::register_op();
  Op<swiglu_op, swiglu>::register_op();
  Op<swiglu_grad_op, swiglu_grad>::register_op();
  Op<rope_op, rope>::register_op();
  Op<adam_w_op, adam_w>::register_op();
  Op<token_log_probs_op, token_log_probs>::register_op();
  Op<token_log_probs_grad_op, token_log_probs_grad>::register_op();
  Op<token_entropies_op, token_entropies>::register_op();
  Op<token_entropies_grad_op, token_entropies_grad>::register_op();
  Op<sample_tokens_op, sample_tokens>::register_op();
}

}  // namespace rewardlab
