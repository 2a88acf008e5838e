import * as tf from "@tensorflow/tfjs-core";
import { answerProbability, RunError } from "@rewardlab/core";
import type { Generated, Model, Parameters, PreferenceItem } from "@rewardlab/core";
import type { Ask, Policy, Question, Sampled } from "./question.ts";
import { rowStreams, streamsOf } from "./row-streams.ts";
import { cutAtStop } from "./stops.ts";

/** A model with its weights, to be asked. */
export interface ServedModel {
  readonly name: string;
  readonly model: Model;
  readonly parameters: Parameters;
  /** Whether the engine compiles a function for each number of rows and tokens: both are then rounded up to a power of two. */
  readonly compiles: boolean;
}

/** A policy of ours as one that can be asked. The model and its parameters stay the caller's. */
export function modelPolicy({ name, model, parameters, compiles }: ServedModel): Policy {
  const { tokenizer, conversations } = model;
  const ends = tokenizer.endIds ?? [tokenizer.endId];

  const sampledOf = (generated: Generated, row: number, ask: Ask): Sampled => {
    const from = row * generated.tokens;
    const drawn = [...generated.mask.subarray(from, from + generated.tokens)].filter((one) => one > 0).length;
    const tokens = Math.min(drawn, ask.maxNewTokens);
    const all = [...generated.responseIds.subarray(from, from + tokens)];
    const ended = ends.includes(all.at(-1)!);
    const ids = ended ? all.slice(0, -1) : all;
    const logProbs = [...generated.logProbs.subarray(from, from + ids.length)];
    if (!logProbs.every((value) => value <= 0))
      throw new RunError("RL_SERVE_NUMBERS", `${name}: the log-probabilities of a response aren't numbers from −∞ to 0`);
    const { text, stopped } = cutAtStop(tokenizer.decode(ids), ask.stop);
    const confidence = answerProbability(tokenizer, { ids, logProbs });
    return { text, ids, logProbs, tokens, finish: ended || stopped ? "stop" : "length", confidence };
  };

  return {
    name,
    converses: conversations !== undefined,
    contextLength: model.contextLength,
    promptTokens: (question) =>
      "item" in question ? model.promptLength(question.item) : conversations!.promptIds([question.conversation])[0]!.length,
    spelt: (id) => tokenizer.decode([id]),
    async sample(asks) {
      const [{ samples, temperature }] = asks as readonly [Ask];
      const padded = compiles ? repeatedTo(asks, powerOfTwo(asks.length)) : asks;
      const longest = Math.max(...asks.map(({ maxNewTokens }) => maxNewTokens));
      const rows: readonly Ask[] = padded.flatMap((ask) => Array.from({ length: samples }, () => ask));
      const isAsked = (row: number) => row < asks.length * samples;
      const soFar = new Map<number, number[]>();
      const onStep = async (drawn: ReadonlyMap<number, readonly number[]>): Promise<number[]> => {
        const done: number[] = [];
        for (const [row, ids] of drawn) {
          const ask = rows[row]!;
          const all = soFar.get(row) ?? [];
          all.push(...ids);
          soFar.set(row, all);
          if (!isAsked(row) || ask.signal.aborted || all.length >= ask.maxNewTokens) done.push(row);
          if (!isAsked(row) || (ask.onText === undefined && ask.stop.length === 0)) continue;
          const own = all.slice(0, ask.maxNewTokens);
          const { text, stopped } = cutAtStop(tokenizer.decode(ends.includes(own.at(-1)!) ? own.slice(0, -1) : own), ask.stop);
          if (stopped) done.push(row);
          if (!ask.signal.aborted) ask.onText?.(row % samples, text);
        }
        await new Promise((resolve) => setImmediate(resolve)); // whoever asks for the server's health is answered
        return done;
      };
      const batch = promptsOf(model, padded);
      try {
        const generated = await model.generate(parameters, batch, {
          samplesPerPrompt: samples,
          temperature,
          maxNewTokens: compiles ? powerOfTwo(longest) : longest,
          random: rowStreams(streamsOf(padded)),
          onStep,
        });
        return asks.map((ask, index) =>
          Array.from({ length: samples }, (_, sample) => sampledOf(generated, index * samples + sample, ask)),
        );
      } finally {
        tf.dispose(batch as never);
      }
    },
  };
}

function promptsOf(model: Model, asks: readonly Ask[]): object {
  const questions: readonly Question[] = asks.map(({ question }) => question);
  const items = questions.flatMap((question): PreferenceItem[] => ("item" in question ? [question.item] : []));
  if (items.length === questions.length) return model.prompts(items);
  return model.conversations!.prompts(questions.flatMap((question) => ("item" in question ? [] : [question.conversation])));
}

const powerOfTwo = (count: number) => 2 ** Math.ceil(Math.log2(count));

function repeatedTo<T>(values: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, index) => values[Math.min(index, values.length - 1)]!);
}
