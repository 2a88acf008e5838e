export { componentConformance, conformance } from "./conformance.ts";
export type { ConformanceOptions } from "./conformance.ts";
export type { ConformanceExamples } from "./subject.ts";
export { ConformanceError } from "./check.ts";
export type { Check } from "./check.ts";
