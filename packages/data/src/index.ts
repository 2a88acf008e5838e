import { definePlugin } from "@rewardlab/core";
import { jsonl } from "./jsonl.ts";
import { preferences } from "./preferences.ts";
import { scenes } from "./scenes.ts";

export { makeScenes } from "./make-scenes.ts";
export { decodedPicture } from "./pictures.ts";

/** Where preference items come from. */
export default definePlugin({ name: "@rewardlab/data", api: "^1", components: [jsonl, preferences, scenes] });
