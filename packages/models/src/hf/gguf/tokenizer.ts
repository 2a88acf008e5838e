import { InputError, suggestion } from "@rewardlab/core";
import type { GgufHeader } from "./header.ts";
import { numberIn, numbersIn, textIn, textsIn } from "./metadata.ts";

/** llama.cpp's kinds of tokens (`llama_token_type`). */
const [NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE] = [1, 2, 3, 4, 6];

const byteLevel = (regex: boolean) => ({ type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: regex });
const sequence = (...pretokenizers: object[]) => ({ type: "Sequence", pretokenizers });
const splitBy = (Regex: string) =>
  sequence({ type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false }, byteLevel(false));

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
const OTHERS = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/**
 * How texts are cut before byte-pair merging, by llama.cpp's name of it (`tokenizer.ggml.pre`; llama-vocab.cpp), written as the models' tokenizer.json has it.
 */
const cuts: Readonly<
  Record<string, { readonly pre_tokenizer: object; readonly normalizer?: object; readonly ignoreMerges?: true }>
> = {
  "gpt-2": { pre_tokenizer: byteLevel(true) },
  smollm: { pre_tokenizer: sequence({ type: "Digits", individual_digits: true }, byteLevel(true)) },
  qwen2: { pre_tokenizer: splitBy(`${CONTRACTIONS}|\\p{N}|${OTHERS}`), normalizer: { type: "NFC" } },
  "llama-bpe": { pre_tokenizer: splitBy(`${CONTRACTIONS}|\\p{N}{1,3}|${OTHERS}`), ignoreMerges: true },
};

/** The tokenizer.json that Transformers would have for the model. */
export function tokenizerOf(header: GgufHeader): object {
  const { metadata, file } = header;
  const model = textIn(metadata, "tokenizer.ggml.model", file.path);
  if (model === "gpt2") return bytePairs(header);
  if (model === "llama") return sentencePieces(header);
  throw new InputError(
    "RL_TOKENIZER",
    `${file.path}: its tokenizer.ggml.model is ${JSON.stringify(model)}, expected gpt2 or llama.${suggestion(model, ["gpt2", "llama"])}`,
  );
}

function bytePairs(header: GgufHeader): object {
  const { metadata, file } = header;
  const pre = textIn(metadata, "tokenizer.ggml.pre", file.path, "gpt-2");
  const cut = cuts[pre];
  if (cut === undefined)
    throw new InputError(
      "RL_TOKENIZER",
      `${file.path}: its tokenizer.ggml.pre is ${JSON.stringify(pre)}, expected one of ${Object.keys(cuts).join(", ")}.${suggestion(pre, Object.keys(cuts))}`,
    );
  const merges = textsIn(metadata, "tokenizer.ggml.merges", file.path).map((pair) => splitPair(pair));
  return {
    added_tokens: addedTokens(header),
    normalizer: cut.normalizer ?? null,
    pre_tokenizer: cut.pre_tokenizer,
    post_processor: beginning(header, pre === "llama-bpe"),
    decoder: byteLevel(true),
    model: { type: "BPE", vocab: vocabulary(header), merges, ignore_merges: cut.ignoreMerges ?? false },
  };
}

/** "Ġ t" → its two halves; a space stands between them, and in none. */
function splitPair(pair: string): [string, string] {
  const at = pair.indexOf(" ", 1);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

/** SentencePiece's BPE: pieces with scores, of which Transformers makes merges (`generate_merges`): every cut of a piece into two others, best score first. */
function sentencePieces(header: GgufHeader): object {
  const { metadata, file } = header;
  const vocab = vocabulary(header);
  const scores = numbersIn(metadata, "tokenizer.ggml.scores", file.path);
  const types = numbersIn(metadata, "tokenizer.ggml.token_type", file.path);
  const isPiece = (id: number | undefined): id is number => id !== undefined && (types[id] ?? NORMAL) === NORMAL;
  const cutsOf = Object.entries(vocab).flatMap(([piece, id]) => {
    if (!isPiece(id)) return [];
    const characters = [...piece];
    return characters
      .slice(1)
      .map((_, index) => [characters.slice(0, index + 1).join(""), characters.slice(index + 1).join("")] as const)
      .filter(([left, right]) => isPiece(vocab[left]) && isPiece(vocab[right]))
      .sort((a, b) => vocab[a[0]]! - vocab[b[0]]! || vocab[a[1]]! - vocab[b[1]]!)
      .map((halves) => ({ halves, score: scores[id]! }));
  });
  const length = (text: string) => [...text].length;
  const merges = cutsOf
    .sort((a, b) => b.score - a.score || length(b.halves[0]) - length(a.halves[0]) || length(b.halves[1]) - length(a.halves[1]))
    .map(({ halves }) => halves);
  const unknown = Object.keys(vocab).find((piece) => types[vocab[piece]!] === UNKNOWN) ?? null;
  const spaces = { type: "Replace", pattern: { String: " " }, content: "▁" };
  const prefix = metadata.get("tokenizer.ggml.add_space_prefix") !== false;
  const decoders = [
    { type: "Replace", pattern: { String: "▁" }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
    ...(prefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
  ];
  return {
    added_tokens: addedTokens(header),
    normalizer: prefix ? { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, spaces] } : spaces,
    pre_tokenizer: null,
    post_processor: beginning(header, true),
    decoder: { type: "Sequence", decoders },
    model: { type: "BPE", vocab, merges, unk_token: unknown, fuse_unk: true, byte_fallback: types.includes(BYTE) },
  };
}

function vocabulary({ metadata, file }: GgufHeader): Record<string, number> {
  const vocab = Object.create(null) as Record<string, number>;
  textsIn(metadata, "tokenizer.ggml.tokens", file.path).forEach((token, id) => (vocab[token] ??= id));
  return vocab;
}

/** Control tokens and those that a user defined. */
function addedTokens({ metadata, file }: GgufHeader): object[] {
  const types = numbersIn(metadata, "tokenizer.ggml.token_type", file.path, []);
  return textsIn(metadata, "tokenizer.ggml.tokens", file.path).flatMap((content, id) =>
    types[id] === CONTROL || types[id] === USER_DEFINED
      ? [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: types[id] === CONTROL }]
      : [],
  );
}

/** What `tokenizer(text)` puts before a text. */
function beginning({ metadata, file }: GgufHeader, otherwise: boolean): object | null {
  if (!(metadata.get("tokenizer.ggml.add_bos_token") ?? otherwise)) return null;
  const id = numberIn(metadata, "tokenizer.ggml.bos_token_id", file.path);
  const token = textsIn(metadata, "tokenizer.ggml.tokens", file.path)[id]!;
  return {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    pair: [],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}
