// A policy over HTTP.
export { modelPolicy } from "./model-policy.ts";
export type { ServedModel } from "./model-policy.ts";
export { serve } from "./server.ts";
export type { Server, ServeOptions } from "./server.ts";
export type { BatchLimits } from "./batches.ts";
export type { Decode } from "./pictures.ts";
export type { Ask, Policy, Question, Sampled } from "./question.ts";
