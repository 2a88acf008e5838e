import { makeScenes } from "@rewardlab/data";
import { writeFileAtomic, writeNewFolder } from "@rewardlab/storage";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { packageOf } from "../plugins/manifest.ts";
import { schemaText } from "./schema.ts";

const template = fileURLToPath(new URL("../../templates/experiment/", import.meta.url));

/** Which scenes the data are: questions that a small model learns in a minute, all of one kind, in pictures with little noise. */
const scenes = { seed: 1, train: 1000, test: 200, kinds: ["colour"], faintest: 0.5, pixelNoise: 16 } as const;

/**
 * `rewardlab init`: a new folder with a small experiment, its data, a README and a package.json; all of it or nothing. Throws `InputError` where something
 * lies there already.
 */
export async function init(folder: string): Promise<void> {
  const path = resolve(folder);
  const files = { ...templateFiles(), "package.json": manifestOf(basename(path)) };
  await writeNewFolder(path, files, async (at) => {
    console.error(`making ${scenes.train + scenes.test} questions with pictures …`);
    await makeScenes({ ...scenes, out: join(at, "data") });
    writeFileAtomic(join(at, "schema.json"), await schemaText(join(at, "experiment.yaml"), []));
  });
  const way = relative(process.cwd(), path);
  const steps = [
    ...(way === "" ? [] : [`cd ${way}`]),
    ...(isInstalled(path) ? [] : ["npm install"]),
    "npx rewardlab run       about a minute on 2 cores",
  ];
  console.log(`${way || "."}: ${[...Object.keys(files), "schema.json", "data/"].sort().join(", ")}

  ${steps.join("\n  ")}`);
}

/** The template's files by their paths; a leading _ stands for a dot, since npm leaves files like .gitignore out of packages. */
function templateFiles(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(template).map((name) => [name.replace(/^_/, "."), readFileSync(join(template, name), "utf8")]),
  );
}

function manifestOf(folder: string): string {
  const own = packageOf(fileURLToPath(import.meta.url));
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9~-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const manifest = {
    name: name || "experiment",
    version: "0.1.0",
    private: true,
    scripts: { start: "rewardlab run" },
    dependencies: { "@rewardlab/cli": `^${own.version}` },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Whether the command is found from that folder, as npx would. */
function isInstalled(folder: string): boolean {
  try {
    createRequire(join(folder, "package.json")).resolve("@rewardlab/cli");
    return true;
  } catch {
    return false;
  }
}
