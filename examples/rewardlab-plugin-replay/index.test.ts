import { conformance } from "@rewardlab/conformance";
import { test } from "uvu";
import plugin from "./index.js";

for (const { title, run } of conformance(plugin)) test(title, run);
test.run();
