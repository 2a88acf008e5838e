import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What runs in one Python. vLLM's has one of its own: it chooses the versions of what it needs. */
export type Environment = "peers" | "vllm";

/** vLLM's packages name these, and can't be imported beside the PyTorch that it is given. Nothing here uses them. */
const unwanted: Readonly<Record<Environment, readonly string[]>> = {
  peers: [],
  vllm: ["torchvision", "torchaudio", "torchcodec"],
};

/** The Python of an environment with the peers, in the user's cache folder; made where it isn't there yet. Null, with the reason told, where it can't be. */
export function peerPython(say: (line: string) => void, make = true, environment: Environment = "peers"): string | null {
  const requirements = fileURLToPath(
    new URL(environment === "peers" ? "./peers/requirements.txt" : `./peers/requirements-${environment}.txt`, import.meta.url),
  );
  const base = ["python3", "python"].find(works);
  if (base === undefined) {
    say("benchmarks: there is no python3 here (3.10 or newer, with venv): the peers are left out");
    return null;
  }
  const text = readFileSync(requirements, "utf8");
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  const folder = join(cacheFolder(), `${environment}-${hash}`);
  const python = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const done = join(folder, "installed"); // written last: an environment without it was interrupted
  if (existsSync(done)) return python;
  if (!make) return null;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  say(`benchmarks: making the Python environment of ${environment} in ${folder} (about 1.5 GB; once)`);
  const torch = /^torch==\S+$/m.exec(text)![0];
  const pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  for (const [what, command] of [
    ["a virtual environment", [base, "-m", "venv", folder]],
    [torch, [...pip, torch]],
    [basename(requirements), [...pip, "-r", requirements]],
    ...(unwanted[environment].length === 0
      ? []
      : [["less", [python, "-m", "pip", "uninstall", "--quiet", "--yes", ...unwanted[environment]]] as const]),
  ] as const) {
    const { status, stderr, error } = spawnSync(command[0]!, command.slice(1), { encoding: "utf8" });
    if (status === 0) continue;
    const last = (error?.message ?? stderr).trim().split("\n").at(-1);
    say(`benchmarks: can't install ${what}: ${last}; ${environment} is left out`);
    return null;
  }
  writeFileSync(done, text);
  return python;
}

function works(command: string): boolean {
  const check = "import sys, venv; sys.exit(sys.version_info < (3, 10))";
  return spawnSync(command, ["-c", check], { stdio: "ignore" }).status === 0;
}

/** `rewardlab/benchmarks` in the user's cache folder (XDG_CACHE_HOME, else ~/.cache). */
function cacheFolder(): string {
  const given = process.env["XDG_CACHE_HOME"];
  return join(given !== undefined && isAbsolute(given) ? given : join(homedir(), ".cache"), "rewardlab", "benchmarks");
}
