import { InputError, Interrupted, makeFolder, messageOf, RunError, waitForLock, writeFolderAtomic } from "@rewardlab/storage";
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { cacheFolder, explainWrite } from "./cache.ts";
import { FRAMEWORK, librariesIn, MAIN } from "./libraries.ts";
import type { Flavour, Installed, Libraries } from "./libraries.ts";
import { findPip, indexUrl, pipDownload } from "./pip.ts";
import { unpackMember, zipMembers } from "./unzip.ts";
import { checkHash, findWheels, hashOf, httpDownload } from "./wheel.ts";
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
  /** After how many ms without a sign of life a connection is given up. */
  readonly silence?: number;
}

/**
 * Fetches libtensorflow out of PyPI's wheel, tries it, and only then puts it in place by a rename: interrupted at any
 * instant there is a whole installation or none. Where there is one already, it is tried, and kept if it works.
 */
export async function installTensorflow(options: InstallOptions): Promise<Libraries> {
  const { flavour, version = TENSORFLOW_VERSION, say, signal } = options;
  checkPlatform();
  const name = packageName(flavour);
  const place = join(cacheFolder(), `${name}-${version}`);
  try {
    const there = await workingIn(place, options);
    if (there !== null) return there;
    removeLeftOvers();
    let waited = false;
    const unlock = await waitForLock(cacheFolder(), signal, {
      waiting: (message) => {
        waited = true;
        say(`Another installation is at work in ${cacheFolder()}. ${message}`);
      },
    });
    try {
      return (waited ? await workingIn(place, options) : null) ?? (await fetchInto(place, name, version, options));
    } finally {
      unlock();
    }
  } catch (error) {
    if (signal.aborted) throw new Interrupted("stopped; nothing was installed");
    throw explainWrite(error);
  }
}

/** What is installed already, if it works. A library may be damaged since: then it is fetched anew. */
async function workingIn(place: string, { verify, say, signal }: InstallOptions): Promise<Libraries | null> {
  const there = librariesIn(join(place, "tensorflow"));
  if (there?.installed === undefined || there.installed === null) return null;
  try {
    await verify(there);
  } catch (error) {
    if (signal.aborted) throw error;
    say(`${messageOf(error)}: doing so`);
    return null;
  }
  say(`TensorFlow ${there.installed.version} is there already, and works: ${there.folder}`);
  return there;
}

async function fetchInto(place: string, name: string, version: string, options: InstallOptions): Promise<Libraries> {
  const download = join(cacheFolder(), `download.${process.pid}.part`);
  makeFolder(download);
  try {
    const wheel = await fetchChecked(name, version, download, options);
    await writeFolderAtomic(place, async (aside) => {
      const folder = join(aside, "tensorflow"); // beside where pip would put NVIDIA's libraries, which a GPU build looks for there
      mkdirSync(folder);
      await unpackLibraries(wheel.path, folder, { name, version, sha256: wheel.sha256 }, options);
      rmSync(wheel.path);
      options.progress("trying it…");
      await options.verify(librariesIn(folder)!);
      options.signal.throwIfAborted();
    });
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
  const made = librariesIn(join(place, "tensorflow"))!;
  options.say(`TensorFlow ${version} is in ${made.folder}; a matrix product and a gradient came out right`);
  return made;
}

/** Fetches the wheel and checks it; how much it is, is said before. */
async function fetchChecked(
  name: string,
  version: string,
  download: string,
  options: InstallOptions,
): Promise<{ path: string; sha256: string }> {
  const { say, progress, signal } = options;
  const pip = options.pip === undefined ? findPip() : options.pip;
  const index = indexUrl(pip);
  if (index === null && pip === null)
    throw new InputError(
      "RL_NO_INDEX",
      "no package index is configured, and there is neither pip, nor a uv that gets it, to ask: set PIP_INDEX_URL to the simple index of PyPI or of a mirror, or install Python's pip",
    );
  progress("asking the package index…");
  let unfound: unknown; // pip may know a way that this process doesn't: a proxy, a password, a folder of wheels
  const wheels =
    index === null
      ? []
      : await findWheels(index, name, version, options).catch((error: unknown) => {
          if (pip === null || signal.aborted) throw error;
          unfound = error;
          return [];
        });
  const wheel = wheels[0] ?? null;
  const size = wheel?.bytes ?? typicalBytes[name]!;
  const unpacked = unpackedBytes[name]!;
  say(
    `${name} ${version}: fetching ${wheel?.bytes ? "" : "about "}${megabytes(size)}, then ${megabytes(unpacked)} stay on the disk in ${cacheFolder()}`,
  );
  checkSpace(size + unpacked);
  const path = await fetchWheel(pip, wheel, `${name}==${version}`, download, options).catch((error: unknown) => {
    if (unfound === undefined || signal.aborted) throw error;
    throw new RunError("RL_DOWNLOAD", `${messageOf(error)}; and without pip: ${messageOf(unfound)}`, { cause: error });
  });
  const fetched = wheels.find((one) => one.name === basename(path)); // pip may take another Python's
  progress("checking its sha256…");
  const sha256 = await hashOf(path);
  if (fetched !== undefined) checkHash(sha256, fetched); // else pip did, which knew an index that we don't
  return { path, sha256 };
}

async function fetchWheel(
  pip: readonly string[] | null,
  wheel: Wheel | null,
  requirement: string,
  folder: string,
  how: InstallOptions,
): Promise<string> {
  const { progress, signal } = how;
  if (pip !== null) {
    progress(`fetching with ${pip.join(" ")}…`);
    const path = await pipDownload(pip, requirement, folder, signal);
    if (typeof path === "string") return path;
    if (wheel === null) throw new RunError("RL_DOWNLOAD", `${requirement}: ${path.message}`);
    progress(`${path.message}; fetching over HTTPS`);
  }
  const path = join(folder, wheel!.name);
  let shown = 0;
  await httpDownload(wheel!, path, how, (done, total) => {
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
  { name, version, sha256 }: { name: string; version: string; sha256: string },
  { progress, signal }: InstallOptions,
): Promise<void> {
  const members = await zipMembers(path);
  const files: Record<string, number> = {};
  for (const library of [FRAMEWORK, MAIN]) {
    const member = members.find((one) => one.name === `tensorflow/${library}`);
    if (member === undefined) throw new RunError("RL_NO_LIBRARY", `${basename(path)}: it holds no tensorflow/${library}`);
    let shown = 0;
    await unpackMember(path, member, join(folder, library), (bytes) => {
      signal.throwIfAborted();
      if (bytes - shown < 32e6) return;
      shown = bytes;
      progress(`unpacking ${library}… ${megabytes(bytes)} of ${megabytes(member.bytes)}`);
    });
    files[library] = member.bytes;
  }
  const installed: Installed = { package: name, version, wheel: basename(path), sha256, files };
  writeFileSync(join(folder, "installed.json"), JSON.stringify(installed, null, 2));
}

function checkPlatform(): void {
  if (process.platform === "linux" && (process.arch === "x64" || process.arch === "arm64")) return;
  throw new RunError(
    "RL_PLATFORM",
    `TensorFlow: RewardLab gets it for Linux on x64 and arm64, this is ${process.platform} on ${process.arch}`,
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
