import { definePlugin } from "@rewardlab/core";
import { cispo } from "./cispo.ts";
import { dapo } from "./dapo.ts";
import { drGrpo } from "./dr-grpo.ts";
import { gdpo } from "./gdpo.ts";
import { grpo } from "./grpo.ts";
import { gspo } from "./gspo.ts";
import { litePpo } from "./lite-ppo.ts";
import { luspo } from "./luspo.ts";
import { rloo } from "./rloo.ts";

/** The algorithms that compare the responses to one prompt. They are made of core's standard components; what they add is the choice. */
export default definePlugin({
  name: "@rewardlab/algo-grpo",
  api: "^1",
  algorithms: [grpo, drGrpo, rloo, dapo, gspo, cispo, gdpo, litePpo, luspo],
});
