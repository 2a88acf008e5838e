import { definePlugin } from "@rewardlab/core";
import { exactMatch } from "./exact-match.ts";
import { judgeConsistency } from "./judge-consistency.ts";
import { lengthPenalty } from "./length-penalty.ts";
import { mathEqual } from "./math-equal.ts";
import { preferenceAccuracy } from "./preference-accuracy.ts";
import { remoteReward } from "./remote-reward.ts";
import { repetitionPenalty } from "./repetition-penalty.ts";
import { statedChoiceConsistency } from "./stated-choice-consistency.ts";
import { thinkAnswerFormat } from "./think-answer-format.ts";

/** Rewards computed by rule from the response's text and the item, by a judge, or by a reward server. */
export default definePlugin({
  name: "@rewardlab/rewards",
  api: "^1",
  components: [
    thinkAnswerFormat,
    preferenceAccuracy,
    statedChoiceConsistency,
    judgeConsistency,
    exactMatch,
    mathEqual,
    repetitionPenalty,
    lengthPenalty,
    remoteReward,
  ],
});
