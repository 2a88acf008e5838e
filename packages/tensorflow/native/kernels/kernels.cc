// The kernels, compiled once for each instruction set: what is included knows only LANES, how many floats a vector register holds.

#include "kernels.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "threads.h"

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors are passed between inlined functions only

#define REWARDLAB_KERNELS                                                                                                    \
  {                                                                                                                          \
    mat_mul, attention, attention_grad, rms_norm, rms_norm_grad, swiglu, swiglu_grad, rope, token_log_probs, token_log_probs_grad,     \
        token_entropies, token_entropies_grad, sample_tokens, adam_w                                                         \
  }

#define LANES 4
namespace rewardlab::baseline {
#include "all.inl"
}
#undef LANES

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define REWARDLAB_X86 1
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define LANES 8
namespace rewardlab::avx2 {
#include "all.inl"
}
#undef LANES
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,prefer-vector-width=512")
#define LANES 16
namespace rewardlab::avx512 {
#include "all.inl"
}
#undef LANES
#pragma GCC pop_options
#endif

namespace rewardlab {

const Kernels& kernels() {
#ifdef REWARDLAB_X86
  static const Kernels& best = [&]() -> const Kernels& {
    const char* const asked = std::getenv("REWARDLAB_KERNELS");  // for tests
    const std::string most = asked == nullptr ? "avx512" : asked;
    __builtin_cpu_init();
    const bool has512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    const bool has2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (most == "avx512" && has512) return avx512::all;
    return most != "baseline" && has2 ? avx2::all : baseline::all;
  }();
  return best;
#else
  return baseline::all;
#endif
}

}  // namespace rewardlab
