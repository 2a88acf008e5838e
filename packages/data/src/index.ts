import { definePlugin } from "@rewardlab/core";
import { jsonl } from "./jsonl.ts";
import { preferences } from "./preferences.ts";
import { scenes } from "./scenes.ts";

export { convertPreferences } from "./convert.ts";
export type { ReadOptions, Written } from "./convert.ts";
export type { SharedBy } from "./prepared/parts.ts";
export type { FileFound } from "./prepared/prepare.ts";
export { splitPreferences } from "./split-file.ts";
export type { SplitOptions } from "./split-file.ts";
export { makeScenes } from "./make-scenes.ts";
export { decodedPicture } from "./pictures.ts";
export { isUnreadable } from "./source.ts";
export type { RawRow, RowSource, UnreadableRow } from "./source.ts";
export { sourceOf } from "./sources/source-of.ts";
export { decodedBytes } from "./picture-bytes.ts";

/** Where preference items come from. */
export default definePlugin({ name: "@rewardlab/data", api: "^1", components: [jsonl, preferences, scenes] });
