import { writeNewFolder } from "@rewardlab/storage";
import { basename, relative, resolve } from "node:path";
import { pluginFiles } from "./files.ts";
import type { PluginChoice } from "./files.ts";
import { kindCalled, languageCalled, readFlags } from "./flags.ts";
import type { Flags } from "./flags.ts";
import { kindNames, kinds, languages } from "./kinds.ts";
import { pluginNames } from "./names.ts";
import type { Asker } from "./questions.ts";

const defaults = { kind: "advantage", language: "ts" } as const;

/**
 * `npm create @rewardlab/plugin`: writes a plugin's package into a new folder, and says what to do next. What the arguments don't say is asked, unless they
 * say --yes. Nothing is downloaded, and nothing that is there is touched. Throws `InputError`.
 */
export async function createPlugin(
  args: readonly string[],
  asker: () => Asker,
  say: (text: string) => void,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<void> {
  const flags = readFlags(args, env);
  if (flags.help) return say(help());
  const choice = await chosen(flags, asker);
  const names = pluginNames(choice.name);
  const folder = resolve(flags.folder ?? names.folder);
  const files = pluginFiles(choice);
  await writeNewFolder(folder, files);
  const way = relative(process.cwd(), folder);
  say(`${way || "."}: ${names.package}, the ${choice.kind} ${names.component} in ${languages[choice.language]}, ${Object.keys(files).length} files

  ${way === "" ? "" : `cd ${way}\n  `}npm install
  npm test              its numbers, and the laws of its kind
  npm run example       an experiment that uses it, in seconds

src/${names.component}.${choice.language} is where to begin.`);
}

/** What is to be made: from the flags, from the answers, or the defaults. */
async function chosen(flags: Flags, open: () => Asker): Promise<PluginChoice> {
  const given = { ...flags, name: flags.name ?? (flags.folder === undefined ? undefined : basename(resolve(flags.folder))) };
  if (given.name !== undefined) pluginNames(given.name); // wrong: told before anything is asked
  const nameOf = (kind: string) => `rewardlab-plugin-my-${kind}`;
  const { kind, name, language } = given;
  if (flags.yes) {
    const ownKind = kind ?? defaults.kind;
    return { kind: ownKind, name: name ?? nameOf(ownKind), language: language ?? defaults.language };
  }
  if (kind !== undefined && name !== undefined && language !== undefined) return { kind, name, language };
  const asker = open();
  try {
    if (kind === undefined) asker.tell(listOfKinds());
    const ownKind = kind ?? (await asker.ask("Which kind, by name or number?", defaults.kind, kindCalled));
    return {
      kind: ownKind,
      name: name ?? (await asker.ask("The package's name?", nameOf(ownKind), (answer) => pluginNames(answer).package)),
      language: language ?? (await asker.ask("TypeScript or JavaScript?", defaults.language, languageCalled)),
    };
  } finally {
    asker.close();
  }
}

function listOfKinds(): string {
  const width = Math.max(...kindNames.map((name) => name.length));
  return kindNames.map((name, at) => `${String(at + 1).padStart(4)}  ${name.padEnd(width)}  ${kinds[name]}`).join("\n");
}

function help(): string {
  return `npm create @rewardlab/plugin [FOLDER] -- [--kind KIND] [--name NAME] [--language ts|js] [--yes]

Makes a package with one RewardLab component or algorithm, its tests and an experiment that uses it, in a new folder. What isn't given is asked;
with --yes it is the default (${defaults.kind}, ${defaults.language}). Needs no network.

  FOLDER        where (default: the name, without its scope)
  --name NAME   the package's name (default: the folder's); the component is called the same without rewardlab-plugin-
  --kind KIND   what is in it:

${listOfKinds()}`;
}
