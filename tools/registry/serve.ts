// npm run registry: every package as it would be published, on a registry of this machine, until Ctrl-C. To try what a stranger gets.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packAll } from "../release/pack.ts";
import { publishAll } from "./publish.ts";
import { startRegistry } from "./start.ts";

const folder = mkdtempSync(join(tmpdir(), "rewardlab-packed-"));
const registry = await startRegistry(console.log);
const packed = await packAll(folder);
console.log(`publishing ${packed.length} packages`);
await publishAll(registry, packed);
rmSync(folder, { recursive: true });
console.log(`
In any folder, with what npm has for the rest:

    export npm_config_userconfig=${registry.npmrc}
    npm install @rewardlab/cli
    npm create @rewardlab/plugin

Ctrl-C ends it.`);
await new Promise((resolve) => void process.once("SIGINT", resolve).once("SIGTERM", resolve));
await registry.stop();
