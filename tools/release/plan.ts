import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { filesOfTarball } from "./tarball.ts";
import type { Packed } from "./pack.ts";

/** One step of a release. */
export interface Step {
  readonly name: string;
  readonly version: string;
  /** The tarball, and its size in bytes. */
  readonly file: string;
  readonly size: number;
  /** npm's dist-tag: what `npm install NAME` gives. */
  readonly tag: string;
  /**
   * `publish`: the registry hasn't this version. `there`: it has, with the same files. `differs`: it has, with others; a version is published once.
   */
  readonly what: "publish" | "there" | "differs";
}

/** What the registry has of a version: its files, or undefined where it hasn't that version. */
export type Published = (name: string, version: string) => Promise<ReadonlyMap<string, Buffer> | undefined>;

/** What a release of these packages has to do, in their order. A prerelease doesn't become what everybody installs. */
export async function releasePlan(packed: readonly Packed[], published: Published, tag?: string): Promise<Step[]> {
  const steps: Step[] = [];
  for (const { name, version, file, files } of packed) {
    const there = await published(name, version);
    steps.push({
      name,
      version,
      file,
      size: statSync(file).size,
      tag: tag ?? tagOf(version),
      what: there === undefined ? "publish" : sameFiles(files, there) ? "there" : "differs",
    });
  }
  return steps;
}

export const tagOf = (version: string): string => (version.includes("-") ? "next" : "latest");

function sameFiles(ours: ReadonlyMap<string, Buffer>, theirs: ReadonlyMap<string, Buffer>): boolean {
  return ours.size === theirs.size && [...ours].every(([path, bytes]) => theirs.get(path)?.equals(bytes));
}

/** Asks the registry that npm is set to, with npm's own settings. `npmrc` names others. */
export function askNpm(npmrc?: string): Published {
  const settings = npmrc === undefined ? [] : ["--userconfig", npmrc];
  return async (name, version) => {
    const found = await npm(["view", `${name}@${version}`, "dist.tarball", "--json", ...settings]);
    if (found === undefined) return undefined;
    const answer = await fetch(JSON.parse(found) as string);
    if (!answer.ok) throw new Error(`release: ${name}@${version}: its tarball can't be read: ${answer.status}`);
    const folder = mkdtempSync(join(tmpdir(), "rewardlab-published-"));
    try {
      const file = join(folder, "published.tgz");
      writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
      return filesOfTarball(file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

/** What npm printed; undefined where there is no such version. */
async function npm(args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("npm", args, { shell: process.platform === "win32" });
    return stdout.trim() === "" ? undefined : stdout; // another version is there
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    if (/\bE404\b/.test(stdout + stderr)) return undefined;
    throw new Error(`release: npm ${args.slice(0, 2).join(" ")}: ${(stderr || stdout).trim()}`, { cause: error });
  }
}

/** Flags for a signed statement of which commit and which run made a tarball, where the CI offers one (npm's `--provenance`). */
export function provenanceFlags(env: Readonly<Record<string, string | undefined>>): string[] {
  const github = env["GITHUB_ACTIONS"] === "true" && env["ACTIONS_ID_TOKEN_REQUEST_URL"] !== undefined;
  const gitlab = env["GITLAB_CI"] === "true" && env["SIGSTORE_ID_TOKEN"] !== undefined;
  return github || gitlab ? ["--provenance"] : [];
}

/** The plan as it is shown. */
export function planText(steps: readonly Step[]): string {
  const width = Math.max(...steps.map(({ name, version }) => name.length + version.length + 1));
  return steps
    .map(({ name, version, size, tag, what }, index) =>
      [
        String(index + 1).padStart(3),
        `${name}@${version}`.padEnd(width),
        `${Math.ceil(size / 1000)} kB`.padStart(8),
        what === "publish" ? `to publish, tag ${tag}` : what === "there" ? "is there" : "IS THERE WITH OTHER FILES",
      ].join("  "),
    )
    .join("\n");
}
