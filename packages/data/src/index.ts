import { definePlugin } from "@rewardlab/core";
import { jsonl } from "./jsonl.ts";
import { preferences } from "./preferences.ts";
import { scenes } from "./scenes.ts";

export { makeScenes } from "./make-scenes.ts";
export { decodedPicture } from "./pictures.ts";
export { isUnreadable } from "./source.ts";
export type { RawRow, RowSource, UnreadableRow } from "./source.ts";
export { sourceOf } from "./sources/source-of.ts";
export { decodedBytes } from "./picture-bytes.ts";

/** Where preference items come from. */
export default definePlugin({ name: "@rewardlab/data", api: "^1", components: [jsonl, preferences, scenes] });
