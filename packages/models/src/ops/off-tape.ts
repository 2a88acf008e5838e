import * as tf from "@tensorflow/tfjs-core";

/** Whether operations are recorded here, for a gradient that will be taken. */
export function isTaped(): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}

/**
 * What `work` gives, as a constant to whatever gradient is under way: nothing of it is recorded, and it may take gradients of its own, which tfjs would
 * otherwise put into the tape of the outer one.
 */
export function offTape<T>(work: () => T): T {
  const { state } = tf.engine();
  const { activeTape, gradientDepth, kernelDepth } = state;
  Object.assign(state, { activeTape: null, gradientDepth: 0, kernelDepth: 0 });
  try {
    return work();
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
  }
}
