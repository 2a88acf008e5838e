#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error(
    "rewardlab: it is not built yet (packages/cli/dist/main.js is missing). Run `npm run setup` in the repository first.",
  );
  process.exitCode = 2;
}
