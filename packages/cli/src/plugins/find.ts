import { messageOf, suggestion } from "@rewardlab/core";
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { addCommand } from "./lockfiles.ts";
import { foldersAbove, readManifest } from "./manifest.ts";
import { refusal } from "./refusal.ts";
import { importedFile, requiredFile } from "./resolve.ts";

/**
 * The file of a plugin that an experiment in `folder` lists: a package by its name, found as `import` would find it from there (so npm, pnpm, yarn and linked
 * folders do), or a file or a package's folder by its path. Links are followed. Throws a `PluginError` where there is none.
 */
export function entryOf(name: string, folder: string): string {
  return isPath(name) ? entryAt(name, folder) : entryOfPackage(name, folder);
}

/** Whether a plugin is listed by its path: `./x.js`, `../x.ts`, `/x/y`, `file:///x/y`. */
export function isPath(name: string): boolean {
  return /^(\.{0,2}[/\\]|\.{1,2}$|[a-z]:[/\\]|file:)/i.test(name);
}

function entryOfPackage(name: string, folder: string): string {
  let file: string | null;
  try {
    file = importedFile(name, join(folder, "experiment.yaml"));
  } catch (error) {
    const installed = installedFolder(name, folder);
    if (installed === null)
      throw refusal(
        "RL_PLUGIN_MISSING",
        name,
        `is not installed where it is looked for. In ${folder}: ${addCommand(folder)} ${name}${existsSync(resolve(folder, name)) ? `. There is a file or folder of that name: its path is ./${name}` : ""}`,
        error,
      );
    const unbuilt = (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND" ? ". Is it built?" : "";
    throw refusal(
      "RL_PLUGIN_MISSING",
      name,
      `is in ${installed}, and its package.json leads to no file: ${messageOf(error)}${unbuilt}`,
      error,
    );
  }
  if (file === null) throw refusal("RL_PLUGIN_MISSING", name, "is a part of Node, expected a package that brings a plugin");
  return realpathSync(file);
}

/** Where a package is installed that nothing can be imported of. */
function installedFolder(name: string, folder: string): string | null {
  const words = name.split("/");
  const packageName = words.slice(0, name.startsWith("@") ? 2 : 1).join("/");
  const places = foldersAbove(folder).map((above) => join(above, "node_modules", packageName));
  return places.find((place) => existsSync(join(place, "package.json"))) ?? null;
}

function entryAt(name: string, folder: string): string {
  const path = name.startsWith("file:") ? fileURLToPath(name) : resolve(folder, name);
  if (isFile(path)) return realpathSync(path);
  if (existsSync(path)) return entryOfFolder(name, realpathSync(path));
  throw refusal("RL_PLUGIN_MISSING", name, `there is no file ${path}${nearFile(path)}`);
}

function nearFile(path: string): string {
  const beside = existsSync(dirname(path)) ? readdirSync(dirname(path)).filter((file) => /\.[cm]?[jt]s$/.test(file)) : [];
  const sameName = beside.find((file) => file.replace(/\.[cm]?[jt]s$/, "") === basename(path).replace(/\.[cm]?[jt]s$/, ""));
  const near = sameName === undefined ? suggestion(basename(path), beside) : ` Did you mean "${sameName}"?`;
  return near === "" ? "" : `.${near}`;
}

/** A package's folder: what `import` of its own name loads within it, else its `main`, as Node does for a folder. */
function entryOfFolder(name: string, folder: string): string {
  const manifest = readManifest(folder);
  const expected = "expected a file, ./x.js, or the folder of a package";
  if (manifest === null) throw refusal("RL_PLUGIN_MISSING", name, `${folder} is a folder without package.json; ${expected}`);
  try {
    const file =
      manifest.exports !== undefined && typeof manifest.name === "string"
        ? importedFile(manifest.name, join(folder, "package.json"))
        : requiredFile(folder, join(folder, "package.json"));
    if (file !== null && isFile(file)) return realpathSync(file);
    throw new Error(`there is no file ${file}`);
  } catch (error) {
    throw refusal("RL_PLUGIN_MISSING", name, `${join(folder, "package.json")} leads to no file: ${messageOf(error)}`, error);
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
