import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/storage";
import type { ItemOutline, Model, ModelBatch, PreferenceItem, ResponseBatch, Split, Tokenizer } from "../../kinds.ts";
import { keepMasked, maskedRowSum } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";
import { paddedResponses } from "../padded-responses.ts";

/** An item's two responses, the better one first, each to be read as the only response to the item's question. */
export interface Pair<I extends ItemOutline = PreferenceItem> {
  readonly asked: I;
  readonly chosen: string;
  readonly rejected: string;
}

/** null where neither response is the better one. */
export function pairOf<I extends ItemOutline>(item: I): Pair<I> | null {
  if (item.preferred === "tie") return null;
  const [first, second] = item.responses;
  const [chosen, rejected] = item.preferred === 1 ? [first, second] : [second, first];
  return { asked: { ...item, responses: ["", ""] }, chosen, rejected };
}

/** The places of a split's first `items` that have a better response. Throws `InputError` where there is none. */
export async function pairPlaces(split: Split, items: number): Promise<number[]> {
  const places: number[] = [];
  for (let place = 0; place < items; place++) if ((await split.outline(place)).preferred !== "tie") places.push(place);
  if (places.length > 0) return places;
  throw new InputError("RL_NO_PAIRS", `data: none of ${items} items has a better response, expected one that is no tie`);
}

/** Some pairs as the model reads them: rows 2p and 2p + 1 are the better and the other response of pair p. */
export interface PairTensors {
  readonly prompts: ModelBatch;
  readonly responses: ResponseBatch;
}

/** The tensors of some pairs, which are the caller's. */
export function pairTensors({ tokenizer, prompts }: Pick<Model, "tokenizer" | "prompts">, pairs: readonly Pair[]): PairTensors {
  const rows = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected].map((text) => idsOf(tokenizer, text)));
  return { prompts: prompts(pairs.map(({ asked }) => asked)), responses: paddedResponses(rows, tokenizer.padId) };
}

/** A value is that of the state before a token, so one more token stands behind the text: the one that ends it, or padding where none does. */
function idsOf({ encode, endId, padId }: Tokenizer, text: string): number[] {
  return [...encode(text), endId === -1 ? padId : endId];
}

/** The scores of both responses of each pair: a head's values [2P, T] at the last token of each, that is, once its text is read. [P] each */
export function pairScores(values: Tensor2D, mask: Tensor2D): { chosen: Tensor1D; rejected: Tensor1D } {
  checkShapes("pair scores", { values: [values, "B T"], mask: [mask, "B T"] });
  const [rows, tokens] = mask.shape;
  const later = tf.concat([tf.slice(mask, [0, 1], [rows, tokens - 1]), tf.zeros([rows, 1])], 1); // [2P, T]
  const last = tf.sub(mask, later) as Tensor2D; // [2P, T], 1 at the last token
  const scores = tf.reshape(maskedRowSum(keepMasked(values, last), mask), [-1, 2]); // [P, 2]
  const [chosen, rejected] = tf.unstack(scores, 1) as [Tensor1D, Tensor1D];
  return { chosen, rejected };
}
