// Follows a guide as a newcomer does: from top to bottom, each block that names a file is written, each command is run, so what it shows works with what
// stands above it. A block of code that names no file would be tried by nobody, and is refused.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { rewardlab, temporaryFolder } from "../command.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Packages that a plugin's author installs, as examples have them. */
const installed = ["@rewardlab/core", "@rewardlab/conformance", "@tensorflow/tfjs-core", "uvu", "zod"];

interface Block {
  readonly language: string;
  /** The file that the block is, as its first line says: ```js index.js */
  readonly file: string | undefined;
  readonly text: string;
}

export const blocksOf = (guide: string): Block[] =>
  [...readFileSync(join(root, "docs/guides", guide), "utf8").matchAll(/^```(\S+)(?: (\S+))?\n([^]*?)^```$/gm)].map(
    ([, language, file, text]) => ({ language: language!, file, text: text! }),
  );

/** A folder with what `npm install` would put there. */
export function packageFolder(): string {
  const folder = temporaryFolder();
  const from = join(root, "examples/rewardlab-plugin-moving-baseline/node_modules");
  const link = (name: string, target: string) => {
    mkdirSync(join(folder, "node_modules", name, ".."), { recursive: true });
    symlinkSync(target, join(folder, "node_modules", name), "junction");
  };
  for (const name of installed) link(name, join(from, name));
  link("@tensorflow/tfjs", join(root, "node_modules/@tensorflow/tfjs"));
  return folder;
}

/**
 * What types find wrong in a folder's files: names, arguments and shapes of what is imported. Plain JavaScript says no types of its own, so what it leaves
 * open is let pass; core's sources, which are strict, complain of that, and not of the folder.
 */
export function typeErrors(folder: string): string[] {
  const compilerOptions = {
    composite: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
    allowJs: true,
    checkJs: true,
    strict: false,
    rootDir: null,
    typeRoots: [join(root, "node_modules/@types")],
  };
  const config = { extends: join(root, "tsconfig.base.json"), compilerOptions, include: ["*.js", "*.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { cwd: folder, encoding: "utf8" });
  return stdout.split("\n").filter((line) => /^[^\s/]+\(\d+,\d+\): error|^error/.test(line));
}

/** A command of a guide. `npx rewardlab` and `node` are run from the sources, as the tests themselves are. */
async function expectRuns(folder: string, command: string): Promise<void> {
  const [program, ...args] = wordsOf(command);
  if (program === "node") {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--conditions=@rewardlab/source", "--import", import.meta.resolve("tsx"), ...args],
      { cwd: folder, encoding: "utf8" },
    );
    assert.is(status, 0, `${command}\n${stdout}${stderr}`);
    assert.match(stdout, /Total: +[1-9]/, `${command} ran no test`);
    return;
  }
  assert.equal([program, args.shift()], ["npx", "rewardlab"], command);
  const { code, stdout, stderr } = await rewardlab(folder, ...args);
  assert.is(code, 0, `${command}\n${stdout}${stderr}`);
}

/** As a shell takes them apart: at blanks, but for what stands in quotes. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => single ?? double ?? plain!);

/** `files` and `commands`: how many it has, so that a guide that is no longer read as it should be is told. */
export async function follow(guide: string, files: number, commands: number): Promise<void> {
  const blocks = blocksOf(guide);
  const unnamed = blocks.filter(({ language, file }) => language !== "sh" && file === undefined);
  assert.equal(
    unnamed.map(({ text }) => text),
    [],
    "a block that is no file, so nothing tries it",
  );
  const lines = blocks.flatMap(({ language, text }) => (language === "sh" ? text.trim().split("\n") : []));
  assert.equal([blocks.filter(({ file }) => file !== undefined).length, lines.length], [files, commands]);

  const folder = packageFolder();
  try {
    for (const { file, text } of blocks) {
      if (file !== undefined) writeFileSync(join(folder, file), text);
      else for (const command of text.trim().split("\n")) await expectRuns(folder, command);
    }
    assert.equal(typeErrors(folder), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
