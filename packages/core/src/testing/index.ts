// For tests of components: `@rewardlab/core/testing`.
export { assertCloseBySize, fixturesBeside, numbersOf, numbersWithin, probeWith } from "./parity.ts";
export { fakeRemote, fakeRemoteModel, fakeService } from "./fake-remote.ts";
export type { FakePolicy, FakeRemote, FakeService } from "./fake-remote.ts";
export { optionProblems, partsOf, registryWith, serviceOf, serviceProblems } from "./parts.ts";
export type { CreatedPart, CreatedService, PartMaker, PartsOptions, ServiceOptions } from "./parts.ts";
export { runExperiment } from "./run-experiment.ts";
export type { TestRun } from "./run-experiment.ts";
export { assertClose, assertGradient, createModel, createPart, gradient, leakedTensors } from "./tensors.ts";
