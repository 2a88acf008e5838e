import { InputError } from "@rewardlab/core";
import type { Compiler, GenerateOptions, Generated, Model, Parameters, Tokenizer } from "@rewardlab/core";
import { compiledDecoder, hostDecoder } from "./decoding.ts";
import type { Decoder, Decoding, PromptColumns } from "./decoding.ts";
import { withoutTokens } from "./ops/without-tokens.ts";

/** What of a tokenizer generation needs. */
export type Ends = Pick<Tokenizer, "padId" | "endId" | "endIds">;

/** A model's `generate`. Tokens that are never generated have probability 0 at every step; the model's `logProbs` must say the same of them. */
export function generator<Batch extends PromptColumns>(
  given: Decoding<Batch>,
  compiler: Compiler,
  tokenizer: Ends,
  neverGenerated: readonly number[] = [],
): Model<Batch>["generate"] {
  const decoding = neverGenerated.length === 0 ? given : without(given, neverGenerated);
  const decoderFor = compiler.compiles
    ? compiledDecoder(decoding, compiler)
    : (maxNewTokens: number) => hostDecoder(decoding, maxNewTokens);
  return (parameters, prompts, options) =>
    sampleResponses(decoderFor(options.maxNewTokens), parameters, prompts, options, tokenizer);
}

function without<Batch extends PromptColumns>(
  { readPrompts, next }: Decoding<Batch>,
  tokens: readonly number[],
): Decoding<Batch> {
  return {
    readPrompts,
    next: (...state) => {
      const read = next(...state);
      return { ...read, logits: withoutTokens(read.logits, tokens) };
    },
  };
}

/**
 * Samples G responses to each prompt, all rows side by side. Prompts are read once, and what they leave in the cache is repeated.
 * `random` gives one number for each row and step, B · maxNewTokens of them, all drawn before the first step: what a row draws depends on no
 * other row's length, and the stream ends at the same place whatever is sampled. Temperature 0 is greedy and draws nothing.
 */
async function sampleResponses<Batch extends PromptColumns>(
  { perCall, begin, compacted }: Decoder<Batch>,
  parameters: Parameters,
  prompts: Batch,
  { samplesPerPrompt, temperature, maxNewTokens, random, onStep }: GenerateOptions,
  { padId, endId, endIds = [endId] }: Ends,
): Promise<Generated> {
  if (!(temperature >= 0 && Number.isFinite(temperature)))
    throw new InputError("RL_TEMPERATURE", `generate: temperature is ${temperature}, expected 0 (greedy) or more`);
  const rows = prompts.promptIds.shape[0] * samplesPerPrompt;
  const uniforms = Float64Array.from({ length: temperature === 0 ? 0 : rows * maxNewTokens }, () => random.uniform()); // [T, B]
  const responseIds = new Int32Array(rows * maxNewTokens).fill(padId); // [B, T]
  const mask = new Float32Array(rows * maxNewTokens); // [B, T]
  const logProbs = new Float32Array(rows * maxNewTokens); // [B, T]

  let batch = Array.from({ length: rows }, (_, row) => row); // the response that each row under way belongs to
  const goesOn = batch.map(() => true); // for each response
  const decoded = begin(parameters, prompts, samplesPerPrompt, temperature);
  try {
    for (let step = 0; step < maxNewTokens; step += perCall) {
      const chosen = Float64Array.from(
        { length: perCall * batch.length },
        (_, index) => uniforms[(step + Math.floor(index / batch.length)) * rows + batch[index % batch.length]!] ?? 0,
      ); // [perCall, rows under way]
      const drawn = await decoded.draw(chosen, batch.map((row) => goesOn[row]!)); // prettier-ignore
      const now = new Map<number, number[]>();
      batch.forEach((row, index) => {
        if (goesOn[row]) now.set(row, []);
        for (let later = 0; later < perCall && step + later < maxNewTokens && goesOn[row]; later++) {
          const at = row * maxNewTokens + step + later;
          responseIds[at] = drawn.tokens[index * perCall + later]!;
          logProbs[at] = drawn.logProbs[index * perCall + later]!;
          mask[at] = 1;
          now.get(row)!.push(responseIds[at]);
          if (endIds.includes(responseIds[at])) goesOn[row] = false;
        }
      });
      for (const row of (await onStep?.(now)) ?? []) goesOn[row] = false;
      if (!goesOn.includes(true)) break;
      const kept = compacted(batch.map((row) => goesOn[row]!));
      if (kept === null) continue;
      decoded.keep(kept);
      batch = kept.map((index) => batch[index]!);
    }
  } finally {
    decoded.dispose();
  }
  return { tokens: maxNewTokens, responseIds, mask, logProbs };
}
