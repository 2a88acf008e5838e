import { InputError, suggestion } from "@rewardlab/core";
import type { ItemOutline, Split } from "@rewardlab/core";
import { loadExperiment } from "@rewardlab/core/host";
import { trainBytePairs } from "@rewardlab/models/tokenizer-training";
import { writeFileAtomic } from "@rewardlab/storage";
import { join, resolve } from "node:path";
import { cellOf } from "../cell-of.ts";
import { datasetsOf } from "../planning.ts";
import { registryFor } from "../plugins.ts";

interface TokenizerTrainOptions {
  readonly out: string;
  readonly size: number;
  readonly split: string;
  readonly cell?: string;
  readonly set: readonly string[];
}

/** `rewardlab tokenizer train`: learns byte pairs from all texts of a split, responses and what a cold start learns included. */
export async function tokenizerTrain(file: string, options: TokenizerTrainOptions): Promise<void> {
  const { out, size, split: name, cell: cellName, set } = options;
  const experiment = await loadExperiment(file, { set, registryFor });
  const cell = cellOf(experiment, cellName, file);
  const data = datasetsOf(experiment, join("runs", experiment.name))(cell);
  if (!data.splits.includes(name))
    throw new InputError("RL_DATASET_SPLIT", `${file}: the data have no split "${name}".${suggestion(name, data.splits)}`);
  const texts = await textsOf(await data.open(name));
  const trained = trainBytePairs(texts, size);
  writeFileAtomic(resolve(out), `${JSON.stringify(trained)}\n`);
  const made = Object.keys(trained.model.vocab).length;
  const fewer = made < size ? ` (no more pairs stand in them, ${size} were asked for)` : "";
  console.log(`${out}: ${made} tokens${fewer}, learnt from ${texts.length} texts of ${name}`);
}

async function textsOf(split: Split): Promise<string[]> {
  const texts: string[] = [];
  for (let index = 0; index < split.length; index++) texts.push(...textsOfItem(await split.outline(index)));
  return texts;
}

function textsOfItem({ question, responses, thought, targets }: ItemOutline): string[] {
  const others = Object.values(targets ?? {}).flatMap((target) =>
    typeof target === "string" ? [target] : [target.question, target.response],
  );
  return [question, ...responses, ...(thought === undefined ? [] : [thought]), ...others].filter((text) => text !== "");
}
