// Published benchmarks of multimodal reward models. See README.md.
export type { Benchmark, Figure, Figures } from "./benchmark.ts";
export type { Judged, Order } from "./judged.ts";
export type { LocatedRow } from "./rows.ts";
export type { Ends, PositionBias } from "./score.ts";
export { benchmarkNamed, benchmarks, scorePredictions, versus } from "./score-predictions.ts";
export type { Scored, Versus } from "./score-predictions.ts";
export { endpointJudge } from "./endpoint-judge.ts";
export type { JudgingEndpoint } from "./endpoint-judge.ts";
export { judgePairs } from "./judging.ts";
export type { Asked, Judge, Judging, Orders } from "./judging.ts";
export { modelJudge } from "./model-judge.ts";
export type { JudgingModel } from "./model-judge.ts";
export { pictureFolder } from "./pair.ts";
export type { Pair, Picture, PictureFolder } from "./pair.ts";
export { checkPrompt, DEFAULT_PROMPT, filled } from "./prompt.ts";
export type { ReadOptions } from "./read-benchmark.ts";
export { readBenchmark } from "./read-benchmark.ts";
export { verdictIn } from "./verdict.ts";
