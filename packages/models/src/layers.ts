/** The parts that models are put together from: each a pure function of parameters and tensors. */
export { afterAttention, beforeAttention, NORM_EPSILON, projected } from "./layers/self-attention.ts";
export { concatenated } from "./layers/cached-layers.ts";
export type { Cache, KeysAndValues, ReadBefore } from "./layers/cached-layers.ts";
export { readOn, readPrefix } from "./layers/decoder.ts";
export { projector } from "./layers/projector.ts";
export { visionEncoder } from "./layers/vision-encoder.ts";
export { mapCache, repeated } from "./decoding.ts";
export { policyOn } from "./policy.ts";
export type { Reader, ReadPrompts } from "./policy.ts";
export type { PromptBatch } from "./prompts.ts";
export { appendToCache, attention } from "./ops/attention.ts";
export { embedding } from "./ops/embedding.ts";
export { rmsNorm } from "./ops/rms-norm.ts";
export { rope, ropeTables } from "./ops/rope.ts";
export { tokenLogProbs } from "./ops/token-log-probs.ts";
export { withoutTokens } from "./ops/without-tokens.ts";
