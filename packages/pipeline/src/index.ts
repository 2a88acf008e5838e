import { definePlugin } from "@rewardlab/core";
import { collectStage } from "./collect.ts";
import { difficultyStage } from "./difficulty.ts";

/** Stages that make the data of those after them. */
export default definePlugin({ name: "@rewardlab/pipeline", api: "^1", components: [collectStage, difficultyStage] });
