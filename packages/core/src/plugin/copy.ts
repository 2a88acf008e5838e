import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { version_core as tensorsVersion } from "@tensorflow/tfjs-core";

/**
 * Which copy of this package a plugin was made with. A plugin that is installed apart from the command has one of its own. One of the same version does:
 * tokens, slots and what is created are known by their brands, not by the objects. Of another version none of that can be relied on.
 */
interface Copy {
  readonly version: string;
  readonly folder: string;
}

const ownFolder = fileURLToPath(new URL("../..", import.meta.url));
const own: Copy = {
  version: (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version,
  folder: ownFolder,
};

const copyBrand = Symbol.for("@rewardlab/copy of core");

/** Marks what `definePlugin` returns. */
export function withCopy<T extends object>(plugin: T): T {
  return { ...plugin, [copyBrand]: own };
}

/** Why a plugin that was made with another copy of this package can't be taken; null where it can. */
export function copyProblem(plugin: object): string | null {
  const { [copyBrand]: other } = plugin as { readonly [copyBrand]?: Copy };
  if (other === undefined || other.folder === own.folder || other.version === own.version) return null;
  return (
    `was made with @rewardlab/core ${other.version} (${other.folder}), and this is ${own.version} (${own.folder}). ` +
    "Install the same version, with `npm dedupe` where both are in one tree; a plugin names @rewardlab/core under peerDependencies, so that it gets the user's"
  );
}

/** The packages of TensorFlow.js that share one engine and one table of kernels in a process, whichever copy of them asks. */
const tensors = ["@tensorflow/tfjs-core", "@tensorflow/tfjs"];

/**
 * Why a plugin can't be taken whose code imports these packages, "name@version"; null where it can. A copy of TensorFlow.js of the same version works: tensors
 * are known by their fields, and engine and kernels are one for the process. Another version would bring its own kernels and gradients into them.
 */
export function tensorsProblem(dependencies: Readonly<Record<string, unknown>>): string | null {
  const other = Object.keys(dependencies).find((one) =>
    tensors.some((name) => one.startsWith(`${name}@`) && one !== `${name}@${tensorsVersion}`),
  );
  if (other === undefined) return null;
  const name = other.slice(0, other.lastIndexOf("@"));
  return (
    `imports ${other} of its own, and this RewardLab computes with ${tensorsVersion}. Install the same version, \`npm install ${name}@${tensorsVersion}\`; ` +
    `a plugin names ${name} under peerDependencies, so that it gets the user's`
  );
}
