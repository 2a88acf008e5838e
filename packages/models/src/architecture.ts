/** What an architecture of one's own is made of, and the model component that reads its folders: `hfWith`. docs/guides/add-an-architecture.md */
export { hfWith } from "./hf/hf-model.ts";
export type { HfWith } from "./hf/hf-model.ts";
export type { ArchitectureDefinition, ConfigReader } from "./hf/architecture-definition.ts";
export type { Decoder } from "./hf/decoder.ts";
export { at, layerNorm, linear, rmsNormOf, weight } from "./hf/module.ts";
export type { Module } from "./hf/module.ts";
export { activation } from "./hf/vision-layers.ts";
export type { CachedLayer } from "./layers/cached-layers.ts";
export { embedding } from "./ops/embedding.ts";
export { rope, ropeTables } from "./ops/rope.ts";
export type { RopeTables } from "./ops/rope.ts";
export { swiglu } from "./ops/swiglu.ts";
