// What must hold of a package as npm would get it. Each problem says what to do.

import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, posix } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { manifestOf, root } from "./pack.ts";
import type { Packed } from "./pack.ts";
import { unreached } from "./reach.ts";

const repository = (manifestOf(".").repository ?? { url: "" }).url.replace(/^git\+|\.git$/g, "");

export function manifestProblems({ manifest, folder, files }: Packed): string[] {
  const problems: string[] = [];
  const expect = (holds: boolean, what: string) => void (holds || problems.push(`${folder}/package.json: ${what}`));
  const { keywords = [] } = manifest;
  expect((manifest.description ?? "") !== "", "a description is missing");
  expect(keywords.includes("rewardlab"), 'keywords: "rewardlab" is missing');
  expect(isPlugin(files) === keywords.includes("rewardlab-plugin"), `keywords: "rewardlab-plugin" belongs to those, and only those, whose default export is a plugin`); // prettier-ignore
  expect(manifest.repository?.url === `git+${repository}.git` && manifest.repository.directory === folder, `repository: { url: "git+${repository}.git", directory: "${folder}" } was expected`); // prettier-ignore
  expect(manifest.homepage === `${repository}/tree/main/${folder}#readme`, `homepage: ${repository}/tree/main/${folder}#readme was expected`); // prettier-ignore
  expect(manifest.bugs?.url === `${repository}/issues`, `bugs: { url: "${repository}/issues" } was expected`);
  expect(manifest.files !== undefined, "files: a list was expected");
  for (const file of ["README.md", "LICENSE"]) expect(files.has(file), `the tarball has no ${file}`);
  const text = files.get("package.json")!.toString();
  for (const ours of ["workspace:", "catalog:", "@rewardlab/source", "devDependencies"])
    expect(
      !text.includes(ours),
      `${ours} is in the tarball's package.json: pack with pnpm, whose hook (.pnpmfile.cjs) takes it out`,
    );
  return problems;
}

function isPlugin(files: Packed["files"]): boolean {
  const entry = files.get("dist/index.js")?.toString() ?? "";
  return /export default /.test(entry) && /definePlugin\(/.test(entry);
}

/** Files that nobody who installs the package uses, or that name what isn't in it. */
export function fileProblems({ name, folder, files, manifest }: Packed): string[] {
  const problems: string[] = [];
  for (const [path, bytes] of files) {
    if (path.startsWith("templates/")) continue; // packages of other people: tests/create-plugin.test.ts
    if (/\.(test|bench|slow)\.|(^|\/)fixtures\/|\.tsbuildinfo$|\.log$/.test(path))
      problems.push(`${folder}: ${path} is for development: leave it out by "files" or the tsconfig's "exclude"`);
    const text = bytes.toString("utf8");
    for (const machine of [root, `${homedir()}/`])
      if (machine.length > "/root/".length - 1 && text.includes(machine)) problems.push(`${folder}: ${path} names ${machine}`);
    if (/\.(js|mjs|cjs|d\.ts)$/.test(path)) {
      const map = /^\/\/# sourceMappingURL=(?!data:)(\S+)\s*$/m.exec(text)?.[1];
      const upstream = name.startsWith("@rewardlab/slim-"); // byte for byte, with the comment and without the map
      if (map !== undefined && !upstream && !files.has(posix.join(posix.dirname(path), map)))
        problems.push(`${folder}: ${path} has a map ${map} that isn't shipped: build without sourceMap`);
    }
    if (path.endsWith(".map")) problems.push(...mapProblems(folder, path, text, files));
    if (path.endsWith(".md")) problems.push(...linkProblems(folder, path, text, files));
  }
  if (!name.startsWith("@rewardlab/slim-"))
    for (const path of unreached(manifest, files))
      problems.push(
        `${folder}: ${path} is reached by no export and no command: exclude its source in the package's tsconfig.json`,
      );
  return problems;
}

function mapProblems(folder: string, path: string, text: string, files: Packed["files"]): string[] {
  const { sources, sourcesContent = [] } = JSON.parse(text) as { sources: string[]; sourcesContent?: (string | null)[] };
  return sources
    .filter((source, index) => sourcesContent[index] == null && !files.has(posix.join(posix.dirname(path), source)))
    .map((source) => `${folder}: ${path} leads to ${source}, which isn't shipped`);
}

/** A link of a README is read on npm's page: a relative one must lead into the tarball, one to this repository to a file that is there. */
function linkProblems(folder: string, path: string, text: string, files: Packed["files"]): string[] {
  const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);
  return links.flatMap((link) => {
    if (link.startsWith(repository)) {
      const at = link.slice(repository.length).replace(/^\/(blob|tree|raw)\/main\/?/, "");
      return at === "/issues" || existsSync(join(root, at))
        ? []
        : [`${folder}/${path}: ${link} leads to a file that isn't there`];
    }
    if (/^[a-z]+:/.test(link) || inTarball(files, posix.join(posix.dirname(path), link))) return [];
    return [`${folder}/${path}: ${link} leads out of the tarball: write ${repository}/blob/main/${posix.join(folder, link)}`];
  });
}

/** A file or a folder. */
function inTarball(files: Packed["files"], path: string): boolean {
  return files.has(path) || [...files.keys()].some((file) => file.startsWith(`${path.replace(/\/$/, "")}/`));
}

export async function publintProblems({ folder, file }: Packed): Promise<string[]> {
  const bytes = readFileSync(file);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  return messages.map((message) => `${folder}: publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`);
}

/** Are the types wrong? All are ES modules: `require` of them, and resolution from before `exports` existed, aren't promised. */
export async function typeProblems({ name, folder, file, files }: Packed): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(file))));
  if (!result.types)
    return [...files.keys()].some((path) => path.endsWith(".d.ts")) ? [`${folder}: ${name}: its types aren't found`] : [];
  const promised = new Set(["node16-esm", "bundler"]);
  return result.problems
    .filter((problem) => !("resolutionKind" in problem) || promised.has(problem.resolutionKind))
    .filter((problem) => problem.kind !== "CJSResolvesToESM")
    .map((problem) => `${folder}: are the types wrong: ${JSON.stringify(problem)}`);
}
