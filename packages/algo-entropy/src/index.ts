import { definePlugin } from "@rewardlab/core";
import { clipCovSurrogate } from "./clip-cov-surrogate.ts";
import { clipCov } from "./clip-cov.ts";
import { klCovSurrogate } from "./kl-cov-surrogate.ts";
import { klCov } from "./kl-cov.ts";

/** Surrogates against the collapse of entropy: they hold back the few tokens whose covariance of log-probability and advantage is large. */
export default definePlugin({
  name: "@rewardlab/algo-entropy",
  api: "^1",
  components: [clipCovSurrogate, klCovSurrogate],
  algorithms: [clipCov, klCov],
});
