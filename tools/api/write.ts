// npm run api: writes packages/*/etc/*.api.md anew, and takes away those of entries that are gone.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { apiReports, writtenReports } from "./reports.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const reports = apiReports();
for (const path of writtenReports().keys()) if (!reports.has(path)) rmSync(join(root, path));
for (const [path, text] of reports) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
console.log(`${reports.size} reports written.`);
