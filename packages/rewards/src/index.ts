import { definePlugin } from "@rewardlab/core";
import { preferenceAccuracy } from "./preference-accuracy.ts";
import { statedChoiceConsistency } from "./stated-choice-consistency.ts";
import { thinkAnswerFormat } from "./think-answer-format.ts";

/** Rewards computed by rule from the response's text and the item. */
export default definePlugin({
  name: "@rewardlab/rewards",
  api: "^1",
  components: [thinkAnswerFormat, preferenceAccuracy, statedChoiceConsistency],
});
