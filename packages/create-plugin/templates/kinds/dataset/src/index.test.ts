// The laws of its kind, which every component passes, ours and anybody's.
import { conformance } from "@rewardlab/conformance";
import { test } from "uvu";
import plugin from "./index.ts";

// Small, so that it is quick; a set of options for each way that it may go.
const options = { "dataset template-name": [{ train: 6, test: 4 }] };
for (const { title, run } of conformance(plugin, { options })) test(title, run);
test.run();
