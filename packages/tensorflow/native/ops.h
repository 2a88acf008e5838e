// Ops of our own, with their kernels for the CPU: what TensorFlow would do in many steps, each a pass over memory.

#pragma once

namespace rewardlab {

/** Makes the ops known to TensorFlow, once a process. Throws Failure. */
void register_ops();

}  // namespace rewardlab
