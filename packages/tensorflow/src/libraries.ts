import { readJson } from "@rewardlab/storage";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { cacheFolder } from "./cache.ts";

export const FRAMEWORK = "libtensorflow_framework.so.2";
export const MAIN = "libtensorflow_cc.so.2";

/** One TensorFlow on this machine. Its C functions lie in two files. */
export interface Libraries {
  readonly folder: string;
  readonly framework: string;
  readonly main: string;
  /** What the folder says of itself; a folder of the user's own says nothing. */
  readonly installed: Installed | null;
}

/** installed.json, written last, so where it is all is there. */
export interface Installed {
  /** As PyPI names it: tensorflow-cpu, or tensorflow for the one that can use a GPU. */
  readonly package: string;
  readonly version: string;
  readonly wheel: string;
  readonly sha256: string;
  /** Bytes of each file. */
  readonly files: Readonly<Record<string, number>>;
}

export type Flavour = "cpu" | "gpu";

/**
 * Where TensorFlow is: the folder that REWARDLAB_TENSORFLOW names, else what `rewardlab engines install` fetched, the newest version first.
 * For `cpu` the build that can use a GPU does as well.
 */
export function findLibraries(flavour: Flavour): Libraries | null {
  const own = process.env["REWARDLAB_TENSORFLOW"];
  if (own !== undefined && own !== "") return librariesIn(resolve(own));
  const found = installations().filter(({ installed }) => flavour === "cpu" || installed?.package === "tensorflow");
  return found.find(({ installed }) => flavour === "gpu" || installed?.package !== "tensorflow") ?? found[0] ?? null;
}

/** All that was installed, the newest version first. */
export function installations(): Libraries[] {
  const cache = cacheFolder();
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => /^tensorflow(-cpu)?-\d[\w.]*$/.test(name) && !name.endsWith(".part"))
    .map((name) => librariesIn(join(cache, name, "tensorflow")))
    .filter((libraries) => libraries !== null)
    .sort((a, b) => newerFirst(a.installed?.version ?? "", b.installed?.version ?? ""));
}

/** The two libraries in a folder; null where one is missing or not whole. */
export function librariesIn(folder: string): Libraries | null {
  const [framework, main] = [join(folder, FRAMEWORK), join(folder, MAIN)];
  if (!existsSync(framework) || !existsSync(main)) return null;
  const installed = (readJson(join(folder, "installed.json")) ?? null) as Installed | null;
  return { folder, framework, main, installed };
}

/** What to do about libraries that don't work. */
export function remedy({ installed }: Libraries): string {
  if (installed === null)
    return "REWARDLAB_TENSORFLOW names that folder: name another in it, or unset it and `npx rewardlab engines install tensorflow`";
  return `\`npx rewardlab engines install ${installed.package === "tensorflow" && process.arch === "x64" ? "tensorflow-gpu" : "tensorflow"}\` fetches them anew`;
}

function newerFirst(a: string, b: string): number {
  return b.localeCompare(a, "en", { numeric: true });
}
