// npm run docs:site: builds the documentation's site. Fails where a link leads nowhere, or a public name says nothing of itself.

import { fileURLToPath } from "node:url";
import { buildSite } from "./site.ts";

const started = performance.now();
const { folder, pages, problems } = await buildSite(fileURLToPath(new URL("../..", import.meta.url)));
for (const problem of problems) console.error(`docs:site: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
else
  console.log(
    `${pages.length} pages in ${((performance.now() - started) / 1000).toFixed(1)} s, in ${folder}. To look at them: docs/node_modules/.bin/vitepress preview docs/.site`,
  );
