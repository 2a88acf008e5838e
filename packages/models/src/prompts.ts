import * as tf from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { ItemOutline, PreferenceItem } from "@rewardlab/core";
import { squareImage } from "./resize.ts";
import type { WordTokenizer } from "./tokenizer.ts";

/** Prompts of one picture and so many tokens at most, one row each. */
export interface PromptBatch {
  readonly images: Tensor4D; // [P, H, W, 3], 0 to 1
  readonly promptIds: Tensor2D; // int32 [P, S], left-padded
  readonly promptMask: Tensor2D; // [P, S]
}

export interface PromptSizes {
  readonly imageSize: number;
  readonly promptTokens: number;
}

/**
 * `<bos> question response-1 claim response-2 claim <judge>`, left-padded, so that responses start at one column in every row.
 * An item whose two responses are empty compares nothing (a caption to learn from): `<bos> question <judge>`.
 */
export function promptBatch(
  items: readonly PreferenceItem[],
  tokenizer: WordTokenizer,
  { imageSize, promptTokens }: PromptSizes,
): PromptBatch {
  const pictures: Float32Array[] = []; // [H·W·3] each
  const pictureOf = new Int32Array(items.length); // which of them a row has
  const ids = new Int32Array(items.length * promptTokens).fill(tokenizer.padId);
  const mask = new Float32Array(items.length * promptTokens);
  const places = new Map<PreferenceItem, number>(); // of an item that stands in several rows, as in a rollout, the first
  items.forEach((item, index) => {
    const first = places.get(item);
    if (first !== undefined) {
      pictureOf[index] = pictureOf[first]!;
      ids.copyWithin(index * promptTokens, first * promptTokens, (first + 1) * promptTokens);
      mask.copyWithin(index * promptTokens, first * promptTokens, (first + 1) * promptTokens);
      return;
    }
    places.set(item, index);
    checkImages(item);
    pictureOf[index] = pictures.push(squareImage(item.images[0]!.pixels, imageSize, placeOf(item))) - 1;
    const prompt = promptIds(item, tokenizer);
    if (prompt.length > promptTokens)
      throw new InputError(
        "RL_PROMPT_LENGTH",
        `${placeOf(item)} has a prompt of ${prompt.length} tokens (its question and both responses), expected at most promptTokens: ${promptTokens}`,
      );
    ids.set(prompt, (index + 1) * promptTokens - prompt.length);
    mask.fill(1, (index + 1) * promptTokens - prompt.length, (index + 1) * promptTokens);
  });
  return {
    images: rowsOf(pictures, pictureOf, imageSize), // [P, H, W, 3]
    promptIds: tf.tensor2d(ids, [items.length, promptTokens], "int32"), // [P, S]
    promptMask: tf.tensor2d(mask, [items.length, promptTokens]), // [P, S]
  };
}

/** A picture for each row. What stands in several rows leaves the host once: the rows of a rollout's groups are megabytes. [P, H, W, 3] */
function rowsOf(pictures: readonly Float32Array[], pictureOf: Int32Array, imageSize: number): Tensor4D {
  const size = imageSize * imageSize * 3;
  const values = new Float32Array(pictures.length * size);
  pictures.forEach((picture, index) => values.set(picture, index * size));
  const distinct = () => tf.tensor4d(values, [pictures.length, imageSize, imageSize, 3]); // [pictures, H, W, 3]
  if (pictures.length === pictureOf.length) return distinct();
  return tf.tidy(() => tf.gather(distinct(), tf.tensor1d(pictureOf, "int32"))); // [P, H, W, 3]
}

/** The tokens of an item's prompt; its picture has columns of its own. Throws `InputError` unless it has one picture. */
export function promptLength(item: ItemOutline, tokenizer: WordTokenizer): number {
  checkImages(item);
  return promptIds(item, tokenizer).length;
}

function checkImages(item: ItemOutline): void {
  const { images } = item;
  if (images.length !== 1) throw new InputError("RL_IMAGE", `${placeOf(item)} has ${images.length} images, expected one`);
}

/** An item, by where it is written too: of a long text its data's line must be found. */
const placeOf = ({ id, where }: ItemOutline) => `tiny-vlm: item ${id}${where === undefined ? "" : ` (${where})`}`;

function promptIds({ question, responses }: ItemOutline, tokenizer: WordTokenizer): number[] {
  const compared = responses.every((response) => response === "")
    ? []
    : responses.flatMap((response, index) => [tokenizer.markerIds[index]!, ...tokenizer.encodeField(response)]);
  return [tokenizer.beginId, ...tokenizer.encodeField(question), ...compared, tokenizer.judgeId];
}
