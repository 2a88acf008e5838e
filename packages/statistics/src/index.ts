// Statistics over seeds and test items, as pure functions of numbers. docs/guides/statistics.md says when to use which.
// Results are in the unit of what was given, unless a function says otherwise. What can't be judged (NaN, ±∞, too few values, unequal lengths, a level
// outside 0 to 1) throws an InputError, RL_STATISTICS, that says where, what was given and what was expected.
export { benjaminiHochberg, holm } from "./adjust.ts";
export { bcaInterval, bootstrapInterval, expandedPercentileInterval, percentileInterval } from "./bootstrap-interval.ts";
export type { BootstrapIntervalOptions } from "./bootstrap-interval.ts";
export { bootstrapTInterval } from "./bootstrap-t.ts";
export { bootstrapStatistics, jackknifeStatistics, pooled } from "./bootstrap.ts";
export type { ResamplingOptions, Statistic } from "./bootstrap.ts";
export { compareWithBaseline } from "./compare.ts";
export type { CompareOptions, Comparison, PairedVariant } from "./compare.ts";
export { coverageTable } from "./coverage-table.ts";
export { coverageWarning } from "./coverage.ts";
export type { CoverageRow, Shape } from "./coverage-row.ts";
export { crossedInterval, itemDifferences } from "./crossed.ts";
export type { ColdStarts, CrossedInterval, Design, SeedsByItems, VarianceComponents } from "./crossed.ts";
export { crossedDetectable, crossedPower, designNeeded } from "./crossed-power.ts";
export type { CrossedPowerOptions, DesignNeeded } from "./crossed-power.ts";
export {
  interquartileMean,
  mean,
  median,
  pairedDifferences,
  quantileOfSorted,
  sampleVariance,
  standardDeviation,
  standardError,
} from "./descriptive.ts";
export { factorialEffects } from "./factorial.ts";
export type { Factor, FactorialCell, FactorialEffect } from "./factorial.ts";
export { hierarchicalBootstrap } from "./hierarchical-bootstrap.ts";
export type { EstimateInterval, Interval } from "./interval.ts";
export { pairedItemInterval } from "./item-interval.ts";
export { mcnemar, mcnemarOf } from "./mcnemar.ts";
export type { McNemar } from "./mcnemar.ts";
export { differenceInterval, meanInterval, tInterval } from "./mean-interval.ts";
export type { MeanIntervalOptions } from "./mean-interval.ts";
export { detectableDifference, powerOf, seedsNeeded } from "./power.ts";
export type { PowerOptions } from "./power.ts";
export { perGroup } from "./per-group.ts";
export { probabilityOfImprovement } from "./probability-of-improvement.ts";
export { levelAtLook } from "./sequential.ts";
export { signFlipPValue, smallestPValue } from "./sign-flip.ts";
export { studentTCdf, studentTCritical, studentTTwoSided, tTest } from "./student-t.ts";
export type { TTest } from "./student-t.ts";
export { wilsonInterval } from "./wilson.ts";
