// Published benchmarks of multimodal reward models. See README.md.
export type { Benchmark, Figure, Figures } from "./benchmark.ts";
export type { Judged, Order } from "./judged.ts";
export type { LocatedRow } from "./rows.ts";
export type { Ends, PositionBias } from "./score.ts";
export { benchmarkNamed, benchmarks, scorePredictions, versus } from "./score-predictions.ts";
export type { Scored, Versus } from "./score-predictions.ts";
