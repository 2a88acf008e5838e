import { definePlugin } from "@rewardlab/core";
import { templateName } from "./template-name.ts";

/** What the package brings. Plain data: importing it does nothing. */
export default definePlugin({ name: "rewardlab-plugin-template-name", api: "^1", components: [templateName] });
