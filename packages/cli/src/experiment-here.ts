import { InputError } from "@rewardlab/storage";
import { readdirSync } from "node:fs";

/**
 * The experiment of a folder, for commands that are given none: experiment.yaml (or .yml), else the only YAML file there is. Throws `InputError` where there
 * is none, or more than one to choose from.
 */
export function experimentHere(folder: string = process.cwd()): string {
  const found = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && /^[^.].*\.ya?ml$/.test(entry.name) && !entry.name.startsWith("pnpm-"))
    .map(({ name }) => name)
    .sort();
  const named =
    ["experiment.yaml", "experiment.yml"].find((name) => found.includes(name)) ?? (found.length === 1 ? found[0] : undefined);
  if (named !== undefined) return named;
  const what =
    found.length === 0
      ? "no experiment is named, and there is no YAML file in this folder, expected a file, or experiment.yaml here. `rewardlab init` makes a folder with one"
      : `no experiment is named, expected one of the YAML files of this folder: ${found.join(", ")} (or one called experiment.yaml, which is the default)`;
  throw new InputError("RL_EXPERIMENT_FILE", what);
}
