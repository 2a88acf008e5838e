import { InputError, suggestion } from "@rewardlab/core";

/**
 * What `@huggingface/tokenizers` 0.2.0 does otherwise than the Rust library (`tokenizers` 0.23, which is what models were trained with), put right in what
 * tokenizer.json says before it is read, or in the parts once they are made (`tokenizer.ts`).
 *
 *   - `Digits` goes by ASCII digits; Rust's by every Unicode number.
 *   - `Split` knows two of the five behaviours; `Punctuation` none; `Whitespace` and JavaScript's \s and \w go by other tables than Unicode's White_Space.
 *   - `Metaspace` doesn't split, and knows no `add_prefix_space`.
 *   - `ByteLevel` and `ByteFallback` decode bytes that are no UTF-8 in another way, and look up added tokens one by one.
 *
 * What is left, in a sweep of every code point up to U+31FFF: nothing for byte-level BPE, and for BPE with byte fallback; characters of Unicode 16 in NFC (Qwen: three
 * blocks), NFKC and BERT's tables, where Node's and Rust's are of other years. `Precompiled` (T5's own tables) is taken for NFKC with its exceptions.
 */
export interface Step {
  readonly type: string;
  readonly [field: string]: unknown;
}

const WHITESPACE = "\\p{White_Space}";
const PUNCTUATION = "[\\p{P}\\u0021-\\u002F\\u003A-\\u0040\\u005B-\\u0060\\u007B-\\u007E]";

const split = (regex: string, behavior: Behaviour, invert = false): Step => ({
  type: "Split",
  pattern: { Regex: regex },
  behavior,
  invert,
});

/** Pre-tokenizers that are splits by a pattern of their own, written as such. */
const asSplits: Readonly<Record<string, (step: Step) => Step>> = {
  Digits: ({ individual_digits: individual }) => split("\\p{N}", individual === true ? "Isolated" : "Contiguous"),
  Punctuation: ({ behavior }) => split(PUNCTUATION, behaviourOf(behavior ?? "Isolated")),
  Whitespace: () => split("\\w+|[^\\w\\s]+", "Removed", true),
  WhitespaceSplit: () => split(WHITESPACE, "Removed"),
  BertPreTokenizer: () => ({
    type: "Sequence",
    pretokenizers: [split(WHITESPACE, "Removed"), split(PUNCTUATION, "Isolated")],
  }),
  Metaspace: (step) => {
    const { replacement, split: splits = true, add_prefix_space: prefix = true } = step;
    const marked = { prepend_scheme: prefix === true ? "always" : "never", ...step };
    const pattern = { String: replacement };
    return splits === false
      ? marked
      : { type: "Sequence", pretokenizers: [marked, { type: "Split", pattern, behavior: "MergedWithNext", invert: false }] };
  },
};

/** A pre-tokenizer's description with those steps rewritten, at any depth. */
export function repairedPreTokenizer(step: Step | null): Step | null {
  if (step === null) return null;
  if (step.type === "Sequence")
    return { ...step, pretokenizers: (step["pretokenizers"] as Step[]).map((part) => repairedPreTokenizer(part)!) };
  return asSplits[step.type]?.(step) ?? step;
}

/** What becomes of the separators: as Rust's SplitDelimiterBehavior. */
export type Behaviour = "Removed" | "Isolated" | "MergedWithPrevious" | "MergedWithNext" | "Contiguous";
const behaviours: readonly Behaviour[] = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"];

/** The behaviour of that name, however it is spelt: tokenizer.json has both `MergedWithNext` and `merged_with_next`. */
export function behaviourOf(given: unknown): Behaviour {
  const plain = (name: unknown) => String(name).replaceAll("_", "").toLowerCase();
  const known = behaviours.find((name) => plain(name) === plain(given));
  if (known === undefined)
    throw new InputError(
      "RL_TOKENIZER",
      `tokenizer.json: a pre-tokenizer splits with behavior ${JSON.stringify(given)}.${suggestion(String(given), behaviours)}`,
    );
  return known;
}

/** The text, split as Rust does: the pattern's matches are separators (or, inverted, what lies between them), of which `behaviour` says what becomes. */
export function splitText(text: string, pattern: RegExp, behaviour: Behaviour, invert: boolean): string[] {
  const parts: { text: string; separator: boolean }[] = [];
  const add = (from: number, to: number, separator: boolean) => {
    if (to > from) parts.push({ text: text.slice(from, to), separator: separator !== invert });
  };
  let last = 0;
  for (const match of text.matchAll(pattern)) {
    if (match[0] === "") continue;
    add(last, match.index, false);
    last = match.index + match[0].length;
    add(match.index, last, true);
  }
  add(last, text.length, false);
  return joined(parts, behaviour);
}

function joined(parts: readonly { text: string; separator: boolean }[], behaviour: Behaviour): string[] {
  if (behaviour === "Removed") return parts.filter(({ separator }) => !separator).map((part) => part.text);
  if (behaviour === "Isolated") return parts.map((part) => part.text);
  const pieces: string[] = [];
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1];
    const joins =
      before !== undefined &&
      (behaviour === "Contiguous"
        ? before.separator === part.separator
        : behaviour === "MergedWithPrevious"
          ? part.separator && !before.separator
          : before.separator && !part.separator);
    if (joins) pieces[pieces.length - 1] += part.text;
    else pieces.push(part.text);
  }
  return pieces;
}
