import pc from "picocolors";
import { addCommand } from "../plugins/lockfiles.ts";
import { npmSettings } from "../plugins/npm-settings.ts";
import { searchPlugins } from "../plugins/registry-search.ts";

interface SearchOptions {
  readonly json?: boolean;
  readonly timeout: number;
}

/** `rewardlab plugins search`: the plugins that the registries of npm's settings have, with all the words given. */
export async function pluginsSearch(words: readonly string[], { json, timeout }: SearchOptions): Promise<void> {
  const settings = npmSettings(process.cwd());
  const found = await searchPlugins(words, settings, timeout);
  if (json) {
    console.log(JSON.stringify(found, null, 2));
    return;
  }
  if (found.length === 0) {
    console.log(
      `No plugin${words.length === 0 ? "" : ` with ${words.join(", ")}`} in ${[settings.registry, ...settings.scopes.values()].join(", ")}.`,
    );
    return;
  }
  const width = Math.max(...found.map(({ name, version }) => name.length + version.length + 1));
  for (const { name, version, description, date } of found)
    console.log(
      `${`${pc.bold(name)} ${version}`.padEnd(width + pc.bold(name).length - name.length)}  ${description}  ${pc.dim(date?.slice(0, 10) ?? "")}`,
    );
  console.log(
    pc.dim(
      `\nOthers' code: look at it before you install it. ${addCommand(process.cwd())} NAME, then NAME under plugins: in an experiment.`,
    ),
  );
}
