import { Interrupted, makeFolder, messageOf, RunError, writeFileAtomic } from "@rewardlab/storage";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, explainWrite } from "./cache.ts";

const sources = fileURLToPath(new URL("../native/", import.meta.url));
const flags = ["-std=c++17", "-O3", "-ffp-contract=fast", "-fno-math-errno", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread", "-Wall", "-Wextra"]; // prettier-ignore
const sanitizing = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-omit-frame-pointer"];

/** Whether to build with the address sanitizer, for the tests. */
export interface BuildOptions {
  readonly sanitize?: boolean;
}

/** The binding's file, built if it isn't there: one for these sources, whatever TensorFlow and Node (N-API 8) it is used with. */
export function buildBinding({ sanitize = false }: BuildOptions = {}): string {
  const path = bindingPath({ sanitize });
  if (existsSync(path)) return path;
  const compiler = process.env["CXX"] ?? "g++";
  const work = `${dirname(path)}.${process.pid}.part`; // not in /tmp, which may be full, and beside what an installation clears away
  try {
    makeFolder(work);
    const made = join(work, "binding.node");
    const files = nativeFiles().filter((name) => name.endsWith(".cc"));
    const { status, signal, stderr, error } = spawnSync(
      compiler,
      [
        ...flags,
        ...(sanitize ? sanitizing : []),
        `-I${headers()}`,
        "-o",
        made,
        ...files.map((name) => join(sources, name)),
        "-ldl",
      ],
      { encoding: "utf8", env: { ...process.env, TMPDIR: work } },
    );
    if (error !== undefined && (error as NodeJS.ErrnoException).code === "ENOENT")
      throw new RunError(
        "RL_COMPILER",
        `TensorFlow binding: there is no C++ compiler ${compiler}. Install one (Debian, Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++), or name yours in CXX. Nothing else of RewardLab needs one`,
      );
    if (signal === "SIGINT" || signal === "SIGTERM") throw new Interrupted("stopped; nothing was built");
    if (error !== undefined || status !== 0)
      throw new RunError(
        "RL_COMPILER",
        `TensorFlow binding: ${compiler} failed${status === null ? "" : ` with ${status}`}: ${error ? messageOf(error) : stderr.trim().split("\n").slice(0, 12).join("\n")}`,
      );
    writeFileAtomic(path, readFileSync(made));
    return path;
  } catch (error) {
    throw explainWrite(error);
  } finally {
    if (existsSync(work)) rmSync(work, { recursive: true });
  }
}

/** Where the binding is, or will be. The folder's name is a hash of all that goes into it. */
export function bindingPath({ sanitize = false }: BuildOptions = {}): string {
  const sum = createHash("sha256").update(`${process.arch} ${flags.join(" ")} ${sanitize}`);
  for (const name of nativeFiles()) sum.update(`\0${name}\0`).update(readFileSync(join(sources, name)));
  return join(cacheFolder(), `binding-${sum.digest("hex").slice(0, 16)}`, "rewardlab_tensorflow.node");
}

function nativeFiles(): string[] {
  return (readdirSync(sources, { recursive: true }) as string[]).filter((name) => /\.(cc|h|inl)$/.test(name)).sort();
}

function headers(): string {
  return join(dirname(createRequire(import.meta.url).resolve("node-api-headers/package.json")), "include");
}
