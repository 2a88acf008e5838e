import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { foldersAbove, readManifest } from "./manifest.ts";

/** The keyword in package.json that says of a package that it is a plugin. */
export const PLUGIN_KEYWORD = "rewardlab-plugin";

/** The names of the plugins that are installed where a folder's experiments would find them: packages that say so by their keyword. The package around the folder is one as well. */
export function installedPlugins(folder: string): string[] {
  const names = new Set<string>();
  for (const above of foldersAbove(folder)) {
    const own = manifestOf(above);
    // An import of its own name finds a package only by its exports.
    if (own !== null && isPlugin(own) && typeof own.name === "string" && own.exports !== undefined) names.add(own.name);
    for (const name of packagesIn(join(above, "node_modules"))) {
      const manifest = manifestOf(join(above, "node_modules", name));
      if (manifest !== null && isPlugin(manifest)) names.add(name);
    }
  }
  return [...names].sort();
}

function isPlugin({ keywords }: { readonly keywords?: unknown }): boolean {
  return Array.isArray(keywords) && keywords.includes(PLUGIN_KEYWORD);
}

function packagesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => (name.startsWith("@") ? readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`) : [name]));
}

/** A package.json that can't be read is whoever's who asks for the package. */
function manifestOf(folder: string): ReturnType<typeof readManifest> {
  try {
    return readManifest(folder);
  } catch {
    return null;
  }
}
