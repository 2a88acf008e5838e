import type { Law } from "../law.ts";
import type { TensorSubject } from "../tensor-part.ts";
import { canBeCompiled } from "./compiled.ts";
import { finiteOnExtremes } from "./extremes.ts";
import { gradientIsTheDerivative } from "./gradient.ts";
import { leaksNothing } from "./leaks.ts";
import { ignoresPadding, ignoresWidth } from "./mask.ts";
import { declaresItsMetrics, recordsSoundMetrics } from "./metrics.ts";
import { splitsIntoMicroBatches } from "./micro-batches.ts";
import { ignoresOrder } from "./permutation.ts";
import { givesItsOwnTensor, leavesItsInputs } from "./result.ts";
import { sameBytes } from "./same-bytes.ts";
import { hidesNoNaN, staysInItsScope } from "./scope.ts";

/** Laws of what maps each response's tokens to numbers of those tokens, inside the loss: ratios and surrogates. */
export const responseTokenLaws: readonly Law<TensorSubject>[] = [
  givesItsOwnTensor,
  leavesItsInputs,
  leaksNothing,
  sameBytes,
  canBeCompiled,
  ignoresPadding,
  ignoresWidth,
  ignoresOrder,
  splitsIntoMicroBatches,
  staysInItsScope,
  hidesNoNaN,
  gradientIsTheDerivative,
  finiteOnExtremes,
  recordsSoundMetrics,
  declaresItsMetrics,
];
