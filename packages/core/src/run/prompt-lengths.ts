import { setImmediate } from "node:timers/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError, isInputError, makeFolder, writeJson } from "@rewardlab/storage";
import type { Dataset, ItemOutline, Model } from "../kinds.ts";
import type { SplitNeeds } from "../stage.ts";

/** How many of those that are too long are named. */
const NAMED = 10;
/** Between two looks at what else there is to do. */
const AT_ONCE = 256;

export interface StageAsks {
  /** The stage's name in the experiment. */
  readonly stage: string;
  readonly splits: readonly SplitNeeds[];
}

/**
 * The same, once for each content hash of all that it depends on: the runs of a cell, and a run that goes on, have nothing new to look at. `folder`: where
 * what was found fit is remembered.
 */
export async function checkPromptLengthsOnce(key: string, folder: string, check: () => Promise<void>): Promise<void> {
  const path = join(folder, `prompts-fit-${key.slice(0, 16)}.json`);
  if (existsSync(path)) return;
  await check();
  makeFolder(folder);
  writeJson(path, { key });
}

type Reads = Pick<Model, "promptLength" | "promptLimit" | "contextLength" | "tokenizer">;

/**
 * Every prompt that the stages may ask has to fit into the model, alone and with its response: all that don't are told at once, before the first step, with
 * what would do. Reads each item's outline, and no pixel. Throws `InputError`.
 */
export async function checkPromptLengths(stages: readonly StageAsks[], data: Dataset, model: Reads, name: string): Promise<void> {
  const { promptLimit, contextLength } = model;
  if (promptLimit === undefined && contextLength === Infinity) return;
  const splits = new Set(stages.flatMap((one) => one.splits.filter(({ asks }) => asks).map((split) => split.name)));
  for (const split of splits) {
    const asking = stages.flatMap(({ stage, splits: own }) =>
      own.filter((one) => one.name === split && one.asks).map((needs) => ({ stage, needs })),
    );
    const opened = await data.open(split);
    const { length } = opened;
    const most = Math.min(length, Math.max(...asking.map(({ needs }) => needs.items ?? length)));
    const found = new Misfits();
    for (let index = 0; index < most; index++) {
      if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
      const item = await opened.outline(index);
      for (const { stage, needs } of asking) if (index < (needs.items ?? length)) found.look(stage, item, needs, model);
      found.forget();
    }
    found.throwIfAny(`data.${split}`, most, name, model);
  }
}

/** Items with what is wrong with them, and the lengths that would do. */
class Misfits {
  readonly #lengths = new Map<ItemOutline, number>(); // of what is asked about the item at hand: stages ask the same
  readonly #lines = new Map<string, string>();
  #count = new Set<string>();
  #prompt = 0;
  #context = 0;

  look(stage: string, item: ItemOutline, needs: SplitNeeds, model: Reads): void {
    for (const ask of needs.asks!(item)) {
      let prompt: number;
      try {
        prompt = this.#lengths.get(ask.item) ?? model.promptLength(ask.item);
        this.#lengths.set(ask.item, prompt);
      } catch (error) {
        if (!isInputError(error)) throw error;
        this.#add(item.id, error.message);
        continue;
      }
      const limit = model.promptLimit?.tokens ?? Infinity;
      if (prompt > limit) {
        this.#prompt = Math.max(this.#prompt, prompt);
        this.#add(item.id, `stages.${stage}: the prompt of item ${item.id} has ${prompt} tokens, expected at most ${limit}`);
        continue;
      }
      if (model.contextLength === Infinity) continue;
      const response = typeof ask.response === "number" ? ask.response : model.tokenizer.encode(ask.response).length + 1;
      if (prompt + response <= model.contextLength) continue;
      this.#context = Math.max(this.#context, prompt + response);
      this.#add(
        item.id,
        `stages.${stage}: item ${item.id} has a prompt of ${prompt} tokens and a response of up to ${response}, ${prompt + response} together, expected at most ${model.contextLength}`,
      );
    }
  }

  /** The next item comes. */
  forget(): void {
    this.#lengths.clear();
  }

  #add(id: string, line: string): void {
    this.#count.add(id);
    if (this.#lines.size < NAMED && !this.#lines.has(id)) this.#lines.set(id, line);
  }

  throwIfAny(split: string, items: number, name: string, { promptLimit }: Reads): void {
    if (this.#count.size === 0) return;
    const more = this.#count.size - this.#lines.size;
    throw new InputError(
      "RL_PROMPT_LENGTH",
      [
        `${split}: ${this.#count.size} of ${items} items don't fit into the model ${name}`,
        ...this.#lines.values(),
        ...(more > 0 ? [`… and ${more} more`] : []),
        ...(this.#prompt > 0 ? [`model.${promptLimit!.option}: ${this.#prompt} would do`] : []),
        ...(this.#context > 0 ? [`a context of ${this.#context} tokens would do, or shorter prompts or responses`] : []),
      ].join("\n"),
    );
  }
}
