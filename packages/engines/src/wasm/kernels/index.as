// Every function of kernels.wasm that ../register.ts calls.
export { matMulScratch, batchMatMul, matMul } from "./matmul";
export { attentionScratch, attention, attentionGrad } from "./attention";
export { rmsNorm, rmsNormGrad } from "./rms-norm";
export { exponential, sigmoid, hyperbolicTangent, swiglu, swigluGrad } from "./elementwise";
export { rope } from "./rope";
export { tokenLogProbs, tokenLogProbsGrad, tokenEntropies, tokenEntropiesGrad } from "./token-log-probs";
export { gatherRows, segmentSum, copyBlocks } from "./rows";
export { adamW } from "./adam-w";
