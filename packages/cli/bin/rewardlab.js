#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href).catch((error) => {
    if (error?.code !== "EMFILE") throw error;
    console.error(
      "rewardlab: too many files are open: this process may open too few at once (ulimit -n says how many). ulimit -n 4096 lets more.",
    );
    process.exitCode = 1;
  });
} else {
  console.error(
    "rewardlab: it is not built yet (packages/cli/dist/main.js is missing). Run `npm run setup` in the repository first.",
  );
  process.exitCode = 2;
}
