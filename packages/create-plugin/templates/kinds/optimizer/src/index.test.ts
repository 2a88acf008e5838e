// The laws of its kind, which every component passes, ours and anybody's.
import { conformance } from "@rewardlab/conformance";
import { test } from "uvu";
import plugin from "./index.ts";

// It has options without a default, so sets to try it with, by kind and name.
const options = { "optimizer template-name": [{ learningRate: 0.01 }, { learningRate: 0.01, weightDecay: 0.1 }] };
for (const { title, run } of conformance(plugin, { options })) test(title, run);
test.run();
