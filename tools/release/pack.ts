// Every package of this repository as npm would get it.

import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { filesOfTarball } from "./tarball.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** What is read of a package.json here. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly homepage?: string;
  readonly bugs?: { readonly url: string };
  readonly repository?: { readonly type: string; readonly url: string; readonly directory?: string };
  readonly main?: string;
  readonly types?: string;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly exports?: unknown;
  readonly files?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
export interface Packed {
  readonly name: string;
  readonly version: string;
  /** Its folder in this repository. */
  readonly folder: string;
  /** The tarball. */
  readonly file: string;
  /** As in the tarball. */
  readonly manifest: Manifest;
  /** By path from the package's root. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** The folders below `parent` (`packages`, `examples`) that hold a package to publish. */
export function publicFolders(parent: string): string[] {
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`)
    .filter((folder) => {
      try {
        return manifestOf(folder).private !== true;
      } catch (error) {
        if ((error as { code?: string }).code === "ENOENT") return false;
        throw error;
      }
    })
    .sort();
}

export const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));

/** Packs them by pnpm, which writes versions for `workspace:` and `catalog:`, into the folder `into`. In the order in which they can be published. */
export async function packAll(into: string, parents: readonly string[] = ["packages"]): Promise<Packed[]> {
  const folders = parents.flatMap(publicFolders);
  mkdirSync(into, { recursive: true });
  const pnpm = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { packageManager: string }).packageManager;
  const filters = folders.flatMap((folder) => ["--filter", `./${folder}`]);
  await promisify(execFile)("npx", ["--yes", pnpm, "-r", ...filters, "pack", "--pack-destination", into], {
    cwd: root,
    maxBuffer: 2 ** 26,
    shell: process.platform === "win32",
  });
  const byName = new Map(folders.map((folder) => [manifestOf(folder).name, folder]));
  const packed = readdirSync(into)
    .filter((name) => name.endsWith(".tgz"))
    .map((name): Packed => {
      const file = join(into, name);
      const files = filesOfTarball(file);
      const manifest = JSON.parse(files.get("package.json")!.toString("utf8")) as Manifest;
      return { name: manifest.name, version: manifest.version, folder: byName.get(manifest.name)!, file, manifest, files };
    });
  if (packed.length !== folders.length)
    throw new Error(`packed ${packed.length} of ${folders.length} packages: ${packed.map(({ name }) => name).join(", ")}`);
  return inOrder(packed);
}

/** Those that others need first, so that whoever installs one while the rest is still being published finds what it needs. */
function inOrder(packed: readonly Packed[]): Packed[] {
  const waiting = new Map(packed.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((one) => [one.name, one]));
  const order: Packed[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter(
      (one) => !needsOf(one.manifest).some((name) => name !== one.name && waiting.has(name)),
    );
    if (ready.length === 0) throw new Error(`packages need each other in a circle: ${[...waiting.keys()].join(", ")}`);
    for (const one of ready) {
      waiting.delete(one.name);
      order.push(one);
    }
  }
  return order;
}

/** Names of packages that this one needs when it is installed; of an alias, what it stands for. */
export function needsOf({ dependencies, peerDependencies, optionalDependencies }: Manifest): string[] {
  return Object.entries({ ...dependencies, ...peerDependencies, ...optionalDependencies }).map(
    ([name, version]) => /^npm:(@?[^@]+)@/.exec(version)?.[1] ?? name,
  );
}
