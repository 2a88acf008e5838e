import { InputError } from "@rewardlab/core";
import { splitPreferences } from "@rewardlab/data";
import type { SharedBy } from "@rewardlab/data";
import { readOptions, type ReadFlags } from "./data-convert.ts";

interface DataSplitOptions extends ReadFlags {
  readonly test?: number;
  readonly validation?: number;
  readonly by: SharedBy;
  readonly seed: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** `rewardlab data split`: divides a file of rows, so that its parts share no picture. */
export async function dataSplit(file: string, options: DataSplitOptions): Promise<void> {
  const { test, validation, by, seed, out, json, ...flags } = options;
  const shares = Object.fromEntries(
    Object.entries({ test, validation }).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
  const sum = Object.values(shares).reduce((all, share) => all + share, 0);
  if (sum === 0)
    throw new InputError("RL_DATASET", "data split: no part is named, expected --test or --validation, e.g. --test 0.1");
  if (sum >= 1)
    throw new InputError("RL_DATASET", `data split: the parts are ${sum} of the rows, expected less than 1: the rest is train`);
  const parts = await splitPreferences(file, {
    ...readOptions(flags),
    shares,
    by,
    splitSeed: seed,
    ...(out === undefined ? {} : { out }),
  });
  if (json === true) console.log(JSON.stringify(parts, null, 2));
  else for (const part of parts) console.log(`${part.file}: ${part.rows} rows`);
}
