import { experimentJsonSchema, sketchExperiment } from "@rewardlab/core/host";
import { shortPath, writeFileAtomic } from "@rewardlab/storage";
import { dirname, relative, sep } from "node:path";
import { registryFor, registryHere } from "../plugins.ts";

interface SchemaOptions {
  readonly out?: string;
  readonly plugin: readonly string[];
}

/** `rewardlab schema`: the JSON Schema of experiment files, for editors; of one file, with its plugins' options and the names of its stages. */
export async function schema(file: string | undefined, { out, plugin }: SchemaOptions): Promise<void> {
  const text = await schemaText(file, plugin);
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  writeFileAtomic(out, text);
  const path = file === undefined ? shortPath(out, process.cwd()) : relative(dirname(file), out).split(sep).join("/");
  console.log(`wrote ${shortPath(out, process.cwd())}. An editor finds it by the first line of ${file ?? "an experiment"}:

  # yaml-language-server: $schema=${path}`);
}

/** The JSON Schema of one experiment, or of any. Throws as loading the plugins does. */
export async function schemaText(file: string | undefined, plugin: readonly string[]): Promise<string> {
  const sketch = file === undefined ? null : await sketchExperiment(file, { registryFor: withPlugins(plugin) });
  const json = experimentJsonSchema(sketch?.registry ?? (await registryHere(plugin)).registry, sketch?.stages);
  return `${JSON.stringify(json)}\n`;
}

function withPlugins(more: readonly string[]): typeof registryFor {
  return (names, folder) => registryFor([...names, ...more], folder);
}
