export { componentConformance, conformance } from "./conformance.ts";
export type { ConformanceExamples, ConformanceOptions } from "./conformance.ts";
export { ConformanceError } from "./check.ts";
export type { Check } from "./check.ts";
