import { definePlugin } from "@rewardlab/core";
import { bradleyTerry } from "./bradley-terry.ts";

/** The loss by which a reward head learns from pairs of responses. */
export default definePlugin({
  name: "@rewardlab/algo-bradley-terry",
  api: "^1",
  components: [bradleyTerry],
});
