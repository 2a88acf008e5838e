import { InputError } from "@rewardlab/core";
import type { Tokenizer } from "@rewardlab/core";
import { bytesOf, nibblesText } from "./bytes.ts";

/** Ids 0 to 3. They stand for themselves alone: no text encodes to them. */
export const controls: readonly string[] = ["<pad>", "<bos>", "<judge>", "<eos>"];
/** Part of a response's text, without spaces around them. */
export const tags: readonly string[] = ["<think>", "</think>", "<answer>", "</answer>"];
/** The answers, and the two responses as prompts and thoughts name them. */
export const numbers: readonly string[] = ["1", "2", "response-1", "response-2"];

/** The words of the scenes data: places, colours, shapes, what questions, thoughts and captions are made of. */
export const scenesWords: readonly string[] = (
  "red orange yellow green circle cross triangle a1 b1 c1 a2 b2 c2 a3 b3 c3 one two three four five yes no none left right above below more " +
  "how many shapes are there ? what colour is the shape at a or of in top middle bottom row column describe picture so better"
).split(" ");

export interface WordTokenizer extends Tokenizer {
  readonly beginId: number;
  readonly judgeId: number;
  /** The ids of "response-1" and "response-2", which stand before the responses in a prompt. */
  readonly markerIds: readonly [number, number];
  /** As encode, but tags, "response-1" and "response-2" become bytes: a question or a response can't pretend to be part of the prompt's structure. */
  encodeField(text: string): number[];
}

/**
 * A word-level tokenizer that gives back every string exactly.
 *
 *   - A word of the vocabulary is one token; the single space between two words is implied.
 *   - A tag is one token, with no space implied around it.
 *   - Anything else, spaces that are not implied included, is bytes (UTF-8), each as two tokens: its high and its low nibble.
 *
 * So `<think>b2 red so</think>` is 5 tokens, and `red, green` is 11: two for each byte of "red," and the space, and the word "green".
 * Ids: controls, tags, numbers, the words in the order given, the 16 nibbles.
 */
export function wordTokenizer(words: readonly string[]): WordTokenizer {
  const names = [...controls, ...tags, ...numbers, ...words];
  const ids = new Map(names.map((name, id) => [name, id]));
  const firstWord = controls.length + tags.length;
  const firstNibble = names.length;
  const size = firstNibble + 16;
  const [padId, beginId, judgeId, endId] = [0, 1, 2, 3];
  const markerIds = [ids.get("response-1")!, ids.get("response-2")!] as const;

  /** pieces: words, tags, single spaces and other text, in order. */
  const encodePieces = (
    pieces: readonly string[],
    isWord: (piece: string | undefined) => boolean,
    isToken: (piece: string) => boolean,
  ): number[] =>
    pieces.flatMap((piece, index) => {
      if (isToken(piece)) return [ids.get(piece)!];
      if (piece === " " && isWord(pieces[index - 1]) && isWord(pieces[index + 1])) return [];
      return bytesOf(piece).flatMap((byte) => [firstNibble + (byte >> 4), firstNibble + (byte & 15)]);
    });
  const isWord = (piece: string | undefined) => (ids.get(piece ?? "") ?? -1) >= firstWord;
  const isFieldWord = (piece: string | undefined) => isWord(piece) && !markerIds.includes(ids.get(piece ?? "")!);

  return {
    size,
    padId,
    endId,
    beginId,
    judgeId,
    markerIds,
    encode: (text) =>
      encodePieces(split(text, /(<\/?(?:think|answer)>| )/), isWord, (piece) => isWord(piece) || tags.includes(piece)),
    encodeField: (text) => encodePieces(split(text, /( )/), isFieldWord, isFieldWord),
    decode(tokens) {
      let text = "";
      let nibbles: number[] = [];
      let afterWord = false;
      const flush = () => {
        text += nibblesText(nibbles);
        nibbles = [];
      };
      for (const id of tokens) {
        if (!(Number.isInteger(id) && id >= 0 && id < size))
          throw new InputError("RL_TOKEN", `tokenizer: there is no token ${id}, expected 0 to ${size - 1}`);
        if (id >= firstNibble) nibbles.push(id - firstNibble);
        else {
          flush();
          text += afterWord && id >= firstWord ? ` ${names[id]!}` : names[id]!;
        }
        afterWord = id >= firstWord && id < firstNibble;
      }
      flush();
      return text;
    },
  };
}

const split = (text: string, separators: RegExp) => text.split(separators).filter((piece) => piece !== "");

/** Why `word` can't be a word of the vocabulary; null where it can. */
export function wordProblem(word: string): string | null {
  if (word === "" || word.includes(" ")) return "a word is not empty and holds no space";
  if (/<\/?(?:think|answer)>/.test(word) || controls.includes(word)) return "the special tokens are there already";
  return numbers.includes(word) ? "the answers and the responses' names are there already" : null;
}
