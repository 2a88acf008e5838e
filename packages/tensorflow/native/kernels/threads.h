// The kernels' own threads: TensorFlow's C API doesn't lend out its own.

#pragma once

#include <cstdint>

namespace rewardlab {

/** How many threads work on a kernel, the caller's included; 0: as TF_NUM_INTRAOP_THREADS says, else as many as cores. Counts before the first kernel runs. */
void set_kernel_threads(int threads);

/** Calls body(context, from, to) on pieces of [0, count) of `grain` each, until all are done. Which thread gets which piece is open. */
void parallel_pieces(int64_t count, int64_t grain, void (*body)(void* context, int64_t from, int64_t to), void* context);

/** body(from, to) on pieces of [0, count); `work` is about how many operations one of them takes. */
template <class Body>
void parallel(int64_t count, int64_t work, Body body) {
  constexpr int64_t worth_a_thread = 65536;
  const int64_t grain = work >= worth_a_thread ? 1 : worth_a_thread / (work > 0 ? work : 1);
  if (count <= grain) {
    if (count > 0) body(int64_t{0}, count);
    return;
  }
  parallel_pieces(
      count, grain, [](void* context, int64_t from, int64_t to) { (*static_cast<Body*>(context))(from, to); }, &body);
}

}  // namespace rewardlab
