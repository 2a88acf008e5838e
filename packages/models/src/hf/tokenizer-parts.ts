import type { NormalizerPart } from "./tokenizer-normalizers.ts";
import type { Step } from "./tokenizer-repairs.ts";
import { behaviourOf, splitText } from "./tokenizer-repairs.ts";

/** `@huggingface/tokenizers`, as far as it is used here: its own declarations don't resolve for an ES module. */
export interface LibraryParts {
  readonly normalizer: NormalizerPart | null;
  readonly pre_tokenizer: PreTokenizerPart | null;
  readonly model: {
    (words: readonly string[]): string[];
    /** By id. */
    readonly vocab: readonly string[];
    readonly tokens_to_ids: ReadonlyMap<string, number>;
    readonly unk_token_id?: number;
  };
  readonly post_processor: ((tokens: readonly string[], pair: null, whole: boolean) => { readonly tokens: string[] }) | null;
  readonly decoder: DecoderPart | null;
}

interface PreTokenizerPart {
  (text: string, options: { section_index: number }): string[];
  /** A sequence's. */
  readonly tokenizers?: readonly PreTokenizerPart[];
  pattern?: RegExp | null;
  pre_tokenize_text(text: string, options?: { section_index: number }): string[];
  pre_tokenize(texts: string | readonly string[], options?: { section_index: number }): string[];
}

interface DecoderPart {
  (tokens: readonly string[]): string;
  /** A sequence's. */
  readonly decoders?: readonly DecoderPart[];
  decode_chain(tokens: readonly string[]): string[];
}

/** GPT-2's words. \s is Unicode's White_Space: JavaScript's own has U+FEFF besides, and lacks U+0085. */
export const BYTE_LEVEL =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** Makes the part that was made of `step` split as Rust's does, at any depth. */
export function repairPreTokenizer(step: Step | null, part: PreTokenizerPart | null): void {
  if (step === null || part === null) return;
  const { type, behavior, invert } = step;
  const { pattern } = part;
  part.pre_tokenize = (texts, options) => {
    if (typeof texts === "string") return part.pre_tokenize_text(texts, options);
    const pieces: string[] = []; // the library's Array.flat takes longer than all the rest
    for (const text of texts) for (const piece of part.pre_tokenize_text(text, options)) pieces.push(piece);
    return pieces;
  };
  if (type === "Sequence")
    (step["pretokenizers"] as Step[]).forEach((inner, index) => repairPreTokenizer(inner, part.tokenizers![index]!));
  else if (type === "ByteLevel") {
    part.pattern = BYTE_LEVEL;
    const wordsOf = step["use_regex"] === false ? (text: string) => [text] : (text: string) => text.match(BYTE_LEVEL) ?? [];
    const before = step["add_prefix_space"] === true ? " " : "";
    part.pre_tokenize_text = (text) => wordsOf(text.startsWith(" ") ? text : before + text).map(spelt);
  } else if (type === "Split") {
    const behaviour = behaviourOf(behavior);
    part.pre_tokenize_text = (text) => splitText(text, pattern!, behaviour, invert === true);
  }
}

/** Makes the part that was made of `step` join tokens as Rust's does, at any depth. */
export function repairDecoder(step: Step | null, part: DecoderPart | null): void {
  if (step === null || part === null) return;
  if (step.type === "Sequence")
    (step["decoders"] as Step[]).forEach((inner, index) => repairDecoder(inner, part.decoders![index]!));
  else if (step.type === "ByteLevel") part.decode_chain = byteLevel;
  else if (step.type === "ByteFallback") part.decode_chain = byteFallback;
}

/** The character that stands for each byte in a byte-level vocabulary: GPT-2's table. */
export const byteCharacters: readonly string[] = byteTable();
/** A word in these characters, which takes the library most of its time; remembered where it is short. */
function spelt(word: string): string {
  const known = spellings.get(word);
  if (known !== undefined) return known;
  const made = Array.from(Buffer.from(word, "utf8"), (byte) => byteCharacters[byte]!).join("");
  if (word.length <= 32 && spellings.size < 2 ** 16) spellings.set(word, made);
  return made;
}
const spellings = new Map<string, string>();

const byteOf = new Map(byteCharacters.map((character, byte) => [character, byte]));

function byteTable(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const itself = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(itself ? byte : next++);
  });
}

const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** All tokens' bytes in a row, then text. A token with another character (an added one) is itself. */
function byteLevel(tokens: readonly string[]): string[] {
  const bytes = tokens.flatMap((token) => {
    const own = [...token].map((character) => byteOf.get(character));
    return own.includes(undefined) ? [...Buffer.from(token)] : (own as number[]);
  });
  return [lossy.decode(Uint8Array.from(bytes))];
}

/** `<0xE2><0x82>`: tokens in a row that are bytes make a text together, or each a �. */
function byteFallback(tokens: readonly string[]): string[] {
  const texts: string[] = [];
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length > 0) texts.push(...textOf(bytes));
    bytes = [];
  };
  for (const token of tokens) {
    const hexadecimal = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
    if (hexadecimal !== undefined) bytes.push(Number.parseInt(hexadecimal, 16));
    else {
      flush();
      texts.push(token);
    }
  }
  flush();
  return texts;
}

function textOf(bytes: readonly number[]): string[] {
  try {
    return [strict.decode(Uint8Array.from(bytes))];
  } catch {
    return bytes.map(() => "\ufffd");
  }
}
