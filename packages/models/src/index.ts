import { definePlugin } from "@rewardlab/core";
import { hf } from "./hf/hf-model.ts";
import { llava } from "./hf/joined-model.ts";
import { tinyVlm } from "./tiny-vlm.ts";

/** Vision-language models to train. */
export default definePlugin({
  name: "@rewardlab/models",
  api: "^1",
  components: [hf, llava, tinyVlm],
});
