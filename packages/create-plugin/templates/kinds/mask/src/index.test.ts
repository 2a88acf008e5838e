// The laws of its kind, which every component passes, ours and anybody's.
import { conformance } from "@rewardlab/conformance";
import { test } from "uvu";
import plugin from "./index.ts";

// The defaults are tried anyway; here are further sets of options, by kind and name.
const options = { "mask template-name": [{ floor: 1 }] };
for (const { title, run } of conformance(plugin, { options })) test(title, run);
test.run();
