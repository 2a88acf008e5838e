// Packages as `npm create @rewardlab/plugin` makes them, in a folder where what `npm install` would bring is the workspace's.

import { kindNames, pluginFiles } from "@rewardlab/create-plugin";
import type { Language, PluginKind } from "@rewardlab/create-plugin";
import { writeNewFolder } from "@rewardlab/storage";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./command.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What the packages' package.json names, by where it is in the workspace; and the commands that their scripts call. */
const installed = {
  "@rewardlab/cli": "packages/cli",
  "@rewardlab/conformance": "packages/conformance",
  "@rewardlab/core": "packages/core",
  "@tensorflow/tfjs": "node_modules/@tensorflow/tfjs",
  "@tensorflow/tfjs-core": "node_modules/@tensorflow/tfjs-core",
  "@types/node": "node_modules/@types/node",
  typescript: "node_modules/typescript",
  uvu: "node_modules/uvu",
  zod: "node_modules/zod",
};
const commands = { rewardlab: "@rewardlab/cli/bin/rewardlab.js", tsc: "typescript/bin/tsc", uvu: "uvu/bin.js" };

export interface CreatedPlugin {
  readonly kind: PluginKind;
  readonly language: Language;
  /** Its folder's name. */
  readonly folder: string;
  readonly name: string;
}

/** A folder with a package of each kind in each language. */
export async function createdPlugins(
  kinds: readonly PluginKind[] = kindNames,
): Promise<{ folder: string; plugins: CreatedPlugin[] }> {
  const folder = temporaryFolder();
  for (const [name, target] of Object.entries(installed)) link(join(folder, "node_modules", name), join(root, target));
  for (const [name, target] of Object.entries(commands))
    link(join(folder, "node_modules/.bin", name), join(folder, "node_modules", target));
  const plugins = kinds.flatMap((kind) =>
    (["ts", "js"] as const).map((language) => ({
      kind,
      language,
      folder: `${kind}-${language}`,
      name: `@you/rewardlab-plugin-my-${kind}`,
    })),
  );
  for (const { kind, language, folder: own, name } of plugins)
    await writeNewFolder(join(folder, own), pluginFiles({ kind, name, language }));
  return { folder, plugins };
}

function link(path: string, target: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  symlinkSync(target, path, "junction");
}
