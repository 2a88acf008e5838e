import { definePlugin } from "@rewardlab/core";
import { algorithms } from "./algorithms.ts";
import { dppo } from "./dppo.ts";
import { entropyQuantile } from "./entropy-quantile.ts";
import { maskedImportance } from "./masked-importance.ts";
import { offPolicyMask } from "./off-policy-mask.ts";
import { sequenceRejection } from "./sequence-rejection.ts";
import { truncatedImportance } from "./truncated-importance.ts";
import { vespo } from "./vespo.ts";

export default definePlugin({
  name: "@rewardlab/algo-off-policy",
  api: "^1",
  components: [truncatedImportance, maskedImportance, sequenceRejection, offPolicyMask, dppo, vespo, entropyQuantile],
  algorithms,
});
