/** Models in Hugging Face folders, before they are loaded. */
export { modelsInCache, outlineOf } from "./hf/describe.ts";
export type { ModelOutline } from "./hf/describe.ts";
