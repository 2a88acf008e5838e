import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** The URL of an optional package's module: found as Node would from this package, else from the current folder. */
export function locate(name: string): string {
  for (const place of [import.meta.url, pathToFileURL(`${process.cwd()}/`).href]) {
    try {
      return pathToFileURL(createRequire(place).resolve(name)).href;
    } catch {
      // not here: try the next place
    }
  }
  throw new Error(`${name} is not installed`);
}
