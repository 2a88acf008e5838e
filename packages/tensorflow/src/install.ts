import { InputError, Interrupted, messageOf, RunError, shortPath, writeFolderAtomic } from "@rewardlab/core";
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { FRAMEWORK, librariesIn, MAIN } from "./libraries.ts";
import type { Flavour, Installed, Libraries } from "./libraries.ts";
import { findPip, indexUrl, pipDownload } from "./pip.ts";
import { unpackMember, zipMembers } from "./unzip.ts";
import { checkHash, findWheel, httpDownload } from "./wheel.ts";
import type { Wheel } from "./wheel.ts";

/** The version that RewardLab is tested with. */
export const TENSORFLOW_VERSION = "2.21.0";

export interface InstallOptions {
  readonly flavour: Flavour;
  readonly version?: string;
  /** Tries the libraries before they are put in place; throws where they don't work. */
  readonly verify: (libraries: Libraries) => Promise<void>;
  /** How to call pip; null: without. Default: as it is found. */
  readonly pip?: readonly string[] | null;
  readonly say: (line: string) => void;
  /** Shown in place of one another while something long goes on. */
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Fetches libtensorflow out of PyPI's wheel, tries it, and only then puts it in place by a rename: interrupted at any
 * instant there is a whole installation or none. Where there is one already, it is tried and kept.
 */
export async function installTensorflow(options: InstallOptions): Promise<Libraries> {
  const { flavour, version = TENSORFLOW_VERSION, say, verify, signal } = options;
  checkPlatform();
  const name = packageName(flavour);
  const place = join(cacheFolder(), `${name}-${version}`);
  const there = librariesIn(join(place, "tensorflow"));
  if (there?.installed) {
    await verify(there);
    say(`TensorFlow ${version} is there already: ${there.folder}`);
    return there;
  }
  try {
    removeLeftOvers();
    const download = join(cacheFolder(), `download.${process.pid}.part`);
    mkdirSync(download, { recursive: true });
    try {
      await fetchInto(place, name, version, download, options);
    } finally {
      rmSync(download, { recursive: true, force: true });
    }
  } catch (error) {
    if (signal.aborted) throw new Interrupted("stopped; nothing was installed");
    throw explained(error);
  }
  say(`TensorFlow ${version} is in ${join(place, "tensorflow")}`);
  return librariesIn(join(place, "tensorflow"))!;
}

async function fetchInto(place: string, name: string, version: string, download: string, options: InstallOptions) {
  const { say, progress, signal, verify } = options;
  const pip = options.pip === undefined ? findPip() : options.pip;
  const index = indexUrl(pip);
  if (index === null && pip === null)
    throw new InputError(
      "RL_NO_INDEX",
      "no package index is configured, and there is neither pip nor uv to ask: set PIP_INDEX_URL to the simple index of PyPI or of a mirror, or install Python's pip",
    );
  const wheel =
    index === null
      ? null
      : await findWheel(index, name, version, signal).catch((error: unknown) => {
          // pip may know a way that this process doesn't: a proxy, a password, a folder of wheels.
          if (pip === null || signal.aborted) throw error;
          return null;
        });
  const size = wheel?.bytes ?? typicalBytes[name]!;
  const unpacked = unpackedBytes[name]!;
  say(
    `${name} ${version}: fetching ${wheel?.bytes ? "" : "about "}${megabytes(size)}, then ${megabytes(unpacked)} stay on the disk in ${cacheFolder()}`,
  );
  checkSpace(size + unpacked);
  const path = await fetchWheel(pip, wheel, `${name}==${version}`, download, { progress, signal });
  if (wheel !== null && basename(path) === wheel.name) {
    progress("checking its sha256…");
    await checkHash(path, wheel);
  }
  await writeFolderAtomic(place, async (aside) => {
    const folder = join(aside, "tensorflow"); // beside where pip would put NVIDIA's libraries, which a GPU build looks for there
    mkdirSync(folder);
    await unpackLibraries(path, folder, { name, version, wheel, progress });
    rmSync(path);
    progress("trying it…");
    await verify(librariesIn(folder)!);
  });
}

async function fetchWheel(
  pip: readonly string[] | null,
  wheel: Wheel | null,
  requirement: string,
  folder: string,
  { progress, signal }: Pick<InstallOptions, "progress" | "signal">,
): Promise<string> {
  if (pip !== null) {
    progress(`fetching with ${pip.join(" ")}…`);
    const path = await pipDownload(pip, requirement, folder, signal);
    if (typeof path === "string") return path;
    if (wheel === null) throw new RunError("RL_DOWNLOAD", `${requirement}: ${path.message}`);
    progress(`${path.message}; fetching over HTTPS`);
  }
  const path = join(folder, wheel!.name);
  let shown = 0;
  await httpDownload(wheel!, path, signal, (done, total) => {
    if (done - shown < 4e6) return;
    shown = done;
    progress(`fetching… ${megabytes(done)}${total === null ? "" : ` of ${megabytes(total)}`}`);
  });
  return path;
}

/** The two libraries, and last a note of what they are. */
async function unpackLibraries(
  path: string,
  folder: string,
  { name, version, wheel, progress }: { name: string; version: string; wheel: Wheel | null; progress: (line: string) => void },
): Promise<void> {
  const members = await zipMembers(path);
  const files: Record<string, number> = {};
  for (const library of [FRAMEWORK, MAIN]) {
    const member = members.find((one) => one.name === `tensorflow/${library}`);
    if (member === undefined) throw new RunError("RL_NO_LIBRARY", `${basename(path)}: it holds no tensorflow/${library}`);
    let shown = 0;
    await unpackMember(path, member, join(folder, library), (bytes) => {
      if (bytes - shown < 32e6) return;
      shown = bytes;
      progress(`unpacking ${library}… ${megabytes(bytes)} of ${megabytes(member.bytes)}`);
    });
    files[library] = member.bytes;
  }
  const installed: Installed = {
    package: name,
    version,
    wheel: basename(path),
    sha256: wheel?.sha256 ?? "checked by pip",
    files,
  };
  writeFileSync(join(folder, "installed.json"), JSON.stringify(installed, null, 2));
}

function checkPlatform(): void {
  if (process.platform === "linux" && (process.arch === "x64" || process.arch === "arm64")) return;
  throw new RunError(
    "RL_PLATFORM",
    `TensorFlow: RewardLab gets it for Linux on x64 and arm64, this is ${process.platform} on ${process.arch}. The engine wasm runs everywhere`,
  );
}

/** tensorflow-cpu is smaller, and only made for x64. */
function packageName(flavour: Flavour): string {
  return flavour === "cpu" && process.arch === "x64" ? "tensorflow-cpu" : "tensorflow";
}

const typicalBytes: Readonly<Record<string, number>> = {
  "tensorflow-cpu": 274e6,
  tensorflow: process.arch === "arm64" ? 282e6 : 573e6,
};
/** The two libraries of 2.21, unpacked. */
const unpackedBytes: Readonly<Record<string, number>> = {
  "tensorflow-cpu": 854e6,
  tensorflow: process.arch === "arm64" ? 900e6 : 1259e6,
};

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

function checkSpace(needed: number): void {
  const { bavail, bsize } = statfsSync(existingParent(cacheFolder()));
  if (bavail * bsize >= needed) return;
  throw new RunError(
    "RL_DISK_FULL",
    `${cacheFolder()}: ${megabytes(bavail * bsize)} are free, expected ${megabytes(needed)}. Make room, or name another place in XDG_CACHE_HOME`,
  );
}

function existingParent(path: string): string {
  return existsSync(path) ? path : existingParent(dirname(path));
}

/** What installations that were killed left behind. */
function removeLeftOvers(): void {
  if (!existsSync(cacheFolder())) return;
  for (const name of readdirSync(cacheFolder())) {
    const pid = /\.(\d+)\.part$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(cacheFolder(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function explained(error: unknown): unknown {
  const codes = [error, (error as Error).cause].map((one) => (one as NodeJS.ErrnoException | undefined)?.code ?? "");
  if (!codes.some((code) => ["ENOSPC", "EDQUOT", "EFBIG"].includes(code))) return error;
  return new RunError(
    "RL_DISK_FULL",
    `${shortPath(cacheFolder(), process.cwd())}: the disk is full (${messageOf(error)}). Nothing was installed, and what was fetched is removed. Make room, or name another place in XDG_CACHE_HOME`,
    { cause: error },
  );
}
