// For tests of components: `@rewardlab/core/testing`.
export { assertCloseBySize, fixturesBeside, numbersOf, numbersWithin, probeWith } from "./parity.ts";
export { assertClose, assertGradient, createPart, gradient, leakedTensors } from "./tensors.ts";
