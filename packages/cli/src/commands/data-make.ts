import { InputError, suggestion } from "@rewardlab/core";
import { makeScenes } from "@rewardlab/data";
import { resolve } from "node:path";

interface DataMakeOptions {
  readonly out: string;
  readonly seed: number;
  readonly train: number;
  readonly test: number;
}

/** `rewardlab data make`: writes a data set as files. Throws `InputError` for a name that there isn't. */
export async function dataMake(name: string, { out, ...options }: DataMakeOptions): Promise<void> {
  if (name !== "scenes")
    throw new InputError("RL_DATASET", `data make: there is no data set "${name}" to make.${suggestion(name, ["scenes"])}`);
  await makeScenes({ out: resolve(out), ...options });
  console.log(`${out}: ${options.train} training and ${options.test} test items of scenes, seed ${options.seed}`);
}
