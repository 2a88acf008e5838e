// Module hooks of the processes that run tests: a package's sources come compiled from a folder of ours, `uvu` is the collector, and a query on a test
// file goes on to all that it imports from the packages, so that they are loaded anew.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

let packages;
let build;
const collector = new URL("collector.mjs", import.meta.url).href;

export function initialize({ root, folder }) {
  packages = pathToFileURL(join(root, "packages/")).href;
  build = { root, folder };
}

export async function resolve(specifier, context, next) {
  if (specifier === "uvu") return { url: `${collector}?${encodeURIComponent(context.parentURL)}`, shortCircuit: true }; // one for each file
  const found = await next(specifier, context);
  const query = /\?.*$/.exec(context.parentURL ?? "")?.[0];
  const again = query !== undefined && isSource(found.url) && !found.url.includes("?");
  return again ? { ...found, url: found.url + query } : found;
}

export async function load(url, context, next) {
  if (!isSource(url)) return next(url, context);
  const path = fileURLToPath(url.replace(/\?.*$/, ""));
  const source = await readFile(`${join(build.folder, path.slice(build.root.length))}.js`);
  return { format: "module", source, shortCircuit: true };
}

function isSource(url) {
  return url.startsWith(packages) && /\.ts(\?.*)?$/.test(url) && !url.includes("/node_modules/");
}
