import { InputError } from "@rewardlab/core";
import { BYTE_LEVEL, byteCharacters } from "./hf/tokenizer-parts.ts";
import { controls, numbers, tags } from "./tokenizer.ts";

/** A tokenizer.json, as Hugging Face's libraries read it. */
export interface TrainedTokenizer {
  readonly added_tokens: readonly { readonly id: number; readonly content: string; readonly special: boolean }[];
  readonly model: {
    readonly type: "BPE";
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
  };
}

/** Of one token, with where it stands among the others. */
interface Merge {
  readonly pair: number;
  readonly count: number;
}

/**
 * Learns a byte-level BPE (Sennrich et al., arXiv 1508.07909; bytes as in GPT-2) from texts: again and again the pair of neighbouring tokens that stands most
 * often becomes a token, until there are `size`. Texts are cut into words first, digits alone, as SmolLM2's. What is learnt equals the Rust library's
 * `BpeTrainer`, ties included. The ids: tiny-vlm's control tokens, tags and names, the 256 bytes, then what was learnt.
 *
 * Any text has tokens, since every byte has one. Texts that repeat nothing give fewer tokens than `size`. Throws `InputError` (RL_TOKENIZER) for a `size` with
 * no room for the bytes.
 */
export function trainBytePairs(texts: Iterable<string>, size: number): TrainedTokenizer {
  const names = [...controls, ...tags, ...numbers.filter((name) => name.length > 1)];
  const alphabet = [...byteCharacters].sort();
  const least = names.length + alphabet.length;
  if (!(Number.isInteger(size) && size >= least && size <= MOST_TOKENS))
    throw new InputError(
      "RL_TOKENIZER",
      `a tokenizer of ${size} tokens is asked for, expected ${least} to ${MOST_TOKENS}: ${least} are the bytes and names`,
    );

  const tokens = [...names, ...alphabet];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const words = [...countedWords(texts, names)].map(([word, count]) => ({
    ids: [...word].map((character) => ids.get(character)!),
    count,
  }));
  const counts = new Map<number, number>();
  const places = new Map<number, Set<number>>();
  words.forEach((word, index) => {
    for (let at = 1; at < word.ids.length; at++) {
      const pair = pairOf(word.ids[at - 1]!, word.ids[at]!);
      counts.set(pair, (counts.get(pair) ?? 0) + word.count);
      placesOf(places, pair).add(index);
    }
  });
  const queue = new Queue();
  for (const [pair, count] of counts) queue.push({ pair, count });

  const merges: [string, string][] = [];
  for (let top = queue.pop(); top !== undefined && tokens.length < size; top = queue.pop()) {
    const count = counts.get(top.pair)!;
    if (count !== top.count) {
      if (count > 0) queue.push({ pair: top.pair, count }); // it has become rarer since it was put there
      continue;
    }
    const [left, right] = [Math.floor(top.pair / MOST_TOKENS), top.pair % MOST_TOKENS];
    const text = tokens[left]! + tokens[right]!;
    const made = ids.get(text) ?? tokens.length;
    if (made === tokens.length) tokens.push(text);
    ids.set(text, made);
    merges.push([tokens[left]!, tokens[right]!]);
    const risen = new Set<number>();
    for (const index of placesOf(places, top.pair)) {
      const word = words[index]!;
      mergeIn(word.ids, left, right, made, (pair, change) => {
        counts.set(pair, (counts.get(pair) ?? 0) + change * word.count);
        if (change < 0) return;
        placesOf(places, pair).add(index);
        risen.add(pair);
      });
    }
    places.delete(top.pair);
    for (const pair of risen) if (counts.get(pair)! > 0) queue.push({ pair, count: counts.get(pair)! });
  }
  return described(tokens, merges, names);
}

const MOST_TOKENS = 2 ** 20;
const pairOf = (left: number, right: number) => left * MOST_TOKENS + right;

function placesOf(places: Map<number, Set<number>>, pair: number): Set<number> {
  const there = places.get(pair) ?? new Set();
  places.set(pair, there);
  return there;
}

/** Replaces a pair in a word wherever it stands, from the left, and tells which other pairs went (−1) and came (+1). */
function mergeIn(
  ids: number[],
  left: number,
  right: number,
  made: number,
  changed: (pair: number, change: number) => void,
): void {
  for (let at = 0; at + 1 < ids.length; at++) {
    if (ids[at] !== left || ids[at + 1] !== right) continue;
    const [before, after] = [ids[at - 1], ids[at + 2]];
    ids.splice(at, 2, made);
    if (before !== undefined) {
      changed(pairOf(before, left), -1);
      changed(pairOf(before, made), 1);
    }
    if (after !== undefined) {
      changed(pairOf(right, after), -1);
      changed(pairOf(made, after), 1);
    }
  }
}

/** Words as characters that stand for bytes, each with how often it stands in the texts. Names stand for themselves: nothing is learnt across them. */
function countedWords(texts: Iterable<string>, names: readonly string[]): ReadonlyMap<string, number> {
  const atNames = new RegExp(names.join("|"), "u");
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const part of text.split(atNames).flatMap((piece) => piece.split(/(\p{N})/u)))
      for (const [word] of part.matchAll(BYTE_LEVEL)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return new Map(
    [...counts].map(([word, count]) => [[...Buffer.from(word)].map((byte) => byteCharacters[byte]!).join(""), count]),
  );
}

function described(
  tokens: readonly string[],
  merges: TrainedTokenizer["model"]["merges"],
  names: readonly string[],
): TrainedTokenizer {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const whole = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: names.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: id < controls.length,
    })),
    normalizer: null,
    pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Digits", individual_digits: true }, byteLevel] },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE" as const,
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
  return whole;
}

/** The pairs, the most frequent first; of equals the one of lower ids. A binary heap. */
class Queue {
  readonly #heap: Merge[] = [];

  push(merge: Merge): void {
    const heap = this.#heap;
    let at = heap.push(merge) - 1;
    for (let up = (at - 1) >> 1; at > 0 && isFirst(merge, heap[up]!); up = (at - 1) >> 1) {
      heap[at] = heap[up]!;
      at = up;
    }
    heap[at] = merge;
  }

  pop(): Merge | undefined {
    const heap = this.#heap;
    const [top, last] = [heap[0], heap.pop()];
    if (heap.length === 0 || last === undefined) return top;
    let at = 0;
    for (let down = 1; down < heap.length; down = 2 * at + 1) {
      if (down + 1 < heap.length && isFirst(heap[down + 1]!, heap[down]!)) down++;
      if (!isFirst(heap[down]!, last)) break;
      heap[at] = heap[down]!;
      at = down;
    }
    heap[at] = last;
    return top;
  }
}

const isFirst = (a: Merge, b: Merge) => a.count > b.count || (a.count === b.count && a.pair < b.pair);
