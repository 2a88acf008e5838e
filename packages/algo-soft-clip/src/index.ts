import { definePlugin } from "@rewardlab/core";
import { gmpoSurrogate } from "./gmpo-surrogate.ts";
import { gmpo } from "./gmpo.ts";
import { sapoSurrogate } from "./sapo-surrogate.ts";
import { sapo } from "./sapo.ts";

/** Surrogates in the place of PPO's hard clip of each token: a soft gate, and a geometric mean over the response. */
export default definePlugin({
  name: "@rewardlab/algo-soft-clip",
  api: "^1",
  components: [sapoSurrogate, gmpoSurrogate],
  algorithms: [sapo, gmpo],
});
