import { conformance } from "@rewardlab/conformance";
import { test } from "uvu";
import plugin from "./index.js";

const options = { "advantage group-rank": [{ scale: 0.5 }] };
for (const { title, run } of conformance(plugin, { options })) test(title, run);
test.run();
