// The laws that every component passes, ours and anybody's.
import { conformance } from "@rewardlab/conformance";
import { test } from "uvu";
import plugin from "./index.ts";

for (const { title, run } of conformance(plugin)) test(title, run);
test.run();
