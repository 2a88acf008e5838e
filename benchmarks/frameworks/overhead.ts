import type { Compiler } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";

export interface EngineWatch {
  readonly milliseconds: () => number;
  /** A compiler whose functions count. */
  watched(compiler: Compiler): Compiler;
}

/**
 * Engine time of a process: all that happens inside tfjs's kernels, inside compiled functions and inside reads of their results, outermost calls
 * only. The rest of an iteration is the framework's own, and where functions run as they are the gradient tape of tfjs-core.
 */
export function watchEngine(): EngineWatch {
  const engine = tf.engine();
  const backend = tf.backend() as unknown as Record<"readSync" | "read", (...args: unknown[]) => unknown>;
  let depth = 0;
  let total = 0;
  const timed = <F extends (...args: never[]) => unknown>(inner: F, self?: unknown): F =>
    ((...args: never[]) => {
      if (depth > 0) return inner.apply(self, args);
      const began = performance.now();
      depth += 1;
      try {
        return inner.apply(self, args);
      } finally {
        depth -= 1;
        total += performance.now() - began;
      }
    }) as F;
  engine.runKernel = timed(engine.runKernel as never, engine);
  for (const name of ["readSync", "read"] as const) backend[name] = timed(backend[name] as never, backend);
  return {
    milliseconds: () => total,
    watched: (compiler) => (compiler.compiles ? { ...compiler, compile: (fn) => timed(compiler.compile(fn)) } : compiler),
  };
}
