import { InputError, messageOf, suggestion } from "@rewardlab/core";
import type { Tokenizer } from "@rewardlab/core";
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { splitterAt } from "./added-tokens.ts";
import type { AddedToken } from "./added-tokens.ts";
import { repairedNormalizer, repairNormalizer } from "./tokenizer-normalizers.ts";
import { repairDecoder, repairPreTokenizer } from "./tokenizer-parts.ts";
import type { LibraryParts } from "./tokenizer-parts.ts";
import { repairedPreTokenizer } from "./tokenizer-repairs.ts";
import type { Step } from "./tokenizer-repairs.ts";

/** The tokenizer of a Hugging Face folder. */
export interface HfTokenizer extends Tokenizer {
  /**
   * Ids of a text, nothing added. Special tokens that stand in it are read as such: what Transformers does by default (`add_special_tokens=False`), and right
   * for what a chat template rendered.
   */
  encode(text: string): number[];
  /** The same of a user's text: a special token's name in it is text like any other (Transformers' `split_special_tokens=True`). */
  encodeText(text: string): number[];
  /** Ids with what the tokenizer's post-processor puts around a text, e.g. Llama's <s>: Transformers' `tokenizer(text)`. */
  encodeWhole(text: string): number[];
  /** Whether special tokens may be spelt in a text; where not, `encode` and `encodeText` are the same. */
  mayMentionSpecial(text: string): boolean;
  /** The tokens of ids, as the vocabulary spells them ("Ġthe"): Transformers' `convert_ids_to_tokens`. An id without a token gives "". */
  pieces(ids: readonly number[]): string[];
  /** A token's id; undefined where there is none of that name. */
  idOf(token: string): number | undefined;
  /** Whether an id is of a special token: it is never a part of a text's meaning. */
  isSpecial(id: number): boolean;
  /** Every id that ends a response: generation_config.json may list several. The first is `endId`. */
  readonly endIds: readonly number[];
}

/** What the folder's other files say of the tokenizer. */
export interface TokenizerSettings {
  /** The file, for messages. */
  readonly where: string;
  readonly endIds: readonly number[];
  readonly padId: number;
  /** Rows of the embedding, which may be more than there are tokens. Absent: as many as there are tokens. */
  readonly size?: number;
}

/** tokenizer.json, as far as it is read here. */
interface TokenizerJson {
  readonly model?: { readonly type?: string; readonly vocab?: unknown };
  readonly added_tokens?: readonly AddedToken[];
  readonly normalizer?: Step | null;
  readonly pre_tokenizer?: Step | null;
  readonly post_processor?: Step | null;
  readonly decoder?: Step | null;
}

/** The post-processor puts tokens around tokens, by name; our ids go through it as names that no token has. */
const MARK = "\ufdd0";
const marked = (id: number) => `${MARK}${id}`;

const kinds = ["BPE", "Unigram", "WordPiece"];

/**
 * The tokenizer that a tokenizer.json describes, equal to the Rust library's. `@huggingface/tokenizers` does what stands between the added tokens, repaired
 * (`tokenizer-repairs.ts`); the added tokens are looked for here. Throws `InputError` (RL_TOKENIZER) for one of an unknown kind.
 */
export function hfTokenizer(json: unknown, settings: TokenizerSettings): HfTokenizer {
  const { where, endIds, padId } = settings;
  const described = checked(json, where);
  const added = (described.added_tokens ?? []).map((token) => ({ ...addedDefaults, ...token }));
  const { normalizer, pre_tokenizer: preTokenizer, post_processor: postProcessor, decoder, model } = read(described, where);

  const atPlain = splitterAt(added.filter((token) => !token.normalized));
  const atNormalized = splitterAt(
    added.filter((token) => token.normalized),
    (content) => (normalizer ? normalizer(content) : content),
  );
  const addedIds = new Map(added.map((token) => [token.content, token.id]));
  const special = new Set(added.filter((token) => token.special).map((token) => token.id));
  const names: string[] = [...model.vocab];
  for (const { id, content } of added) names[id] = content;
  const idOf = (token: string) => addedIds.get(token) ?? model.tokens_to_ids.get(token);
  const size = settings.size ?? names.length;
  const idsOfWords = wordIds(model);
  const specials = added.filter((token) => token.special);
  const normalizedSpecial = specials.some((token) => token.normalized); // found in what a text becomes
  const beyond = [...endIds, padId].find((id) => id >= size);
  if (beyond !== undefined)
    throw new InputError(
      "RL_TOKENIZER",
      `${where}: token ${beyond} ends a response or pads, by generation_config.json or config.json, expected one of 0 to ${size - 1}`,
    );
  const withRows = (ids: number[]): number[] => {
    const none = ids.find((id) => id >= size);
    if (none === undefined) return ids;
    throw new InputError(
      "RL_TOKENIZER",
      `${where}: ${JSON.stringify(names[none] ?? none)} is token ${none}, and the model's embedding has ${size} rows: the tokenizer is another model's`,
    );
  };

  const encode = (text: string, skipped: (token: AddedToken) => boolean): number[] => {
    const ids: number[] = [];
    for (const part of atPlain(text, skipped)) {
      if (part.token !== undefined) {
        ids.push(part.token.id);
        continue;
      }
      const normal = normalizer ? normalizer(part.text) : part.text;
      for (const inner of atNormalized(normal, skipped)) {
        if (inner.token !== undefined) {
          ids.push(inner.token.id);
          continue;
        }
        if (inner.text === "") continue;
        const words = preTokenizer ? preTokenizer(inner.text, { section_index: part.start + inner.start }) : [inner.text];
        for (const id of idsOfWords(words)) ids.push(id);
      }
    }
    return ids;
  };

  const piece = (id: number): string => {
    if (!(Number.isInteger(id) && id >= 0 && id < size))
      throw new InputError("RL_TOKEN", `${where}: there is no token ${id}, expected 0 to ${size - 1}`);
    return names[id] ?? "";
  };

  return {
    size,
    padId,
    endId: endIds[0] ?? -1,
    endIds,
    idOf,
    isSpecial: (id) => special.has(id),
    encode: (text) => withRows(encode(text, () => false)),
    encodeText: (text) => withRows(encode(text, (token) => token.special)),
    mayMentionSpecial: (text) => normalizedSpecial || specials.some(({ content }) => text.includes(content)),
    encodeWhole(text) {
      const ids = encode(text, () => false);
      if (!postProcessor) return ids;
      const { tokens } = postProcessor(ids.map(marked), null, true);
      return tokens.flatMap((token) => (token.startsWith(MARK) ? Number(token.slice(1)) : (idOf(token) ?? [])));
    },
    pieces: (ids) => ids.map(piece),
    decode(ids) {
      const tokens = ids.map(piece).filter((token) => token !== "");
      if (tokens.length === 0) return "";
      return decoder ? decoder(tokens) : tokens.join(" ");
    },
  };
}

/** Words of so many characters are remembered, and so many of them. */
const REMEMBERED = { characters: 32, words: 2 ** 16 };

/**
 * Ids of words. A model treats each by itself, but for unknown tokens in a row, which some make one: so a word's ids are worked out once, and where any of
 * them is unknown the model is asked for all of them again.
 */
function wordIds(model: LibraryParts["model"]): (words: readonly string[]) => number[] {
  const asked = (words: readonly string[]) =>
    model(words).flatMap((token) => model.tokens_to_ids.get(token) ?? model.unk_token_id ?? []);
  const known = new Map<string, readonly number[]>();
  return (words) => {
    const ids: number[] = [];
    for (const word of words) {
      const own = known.get(word) ?? asked([word]);
      if (model.unk_token_id !== undefined && own.includes(model.unk_token_id)) return asked(words);
      if (word.length <= REMEMBERED.characters && known.size < REMEMBERED.words) known.set(word, own);
      for (const id of own) ids.push(id);
    }
    return ids;
  };
}

const addedDefaults = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false };

function checked(json: unknown, where: string): TokenizerJson {
  const fail = (problem: string) => new InputError("RL_TOKENIZER", `${where}: ${problem}`);
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw fail("is not a JSON object, expected a tokenizer");
  const { model, added_tokens: added } = json as TokenizerJson;
  if (typeof model !== "object" || model === null) throw fail("has no model, expected a tokenizer as Transformers saves it");
  if (typeof model.type !== "string" || !kinds.includes(model.type))
    throw fail(
      `its model is of kind ${JSON.stringify(model.type)}, expected one of ${kinds.join(", ")}.${suggestion(String(model.type), kinds)}`,
    );
  if (added !== undefined && !(Array.isArray(added) && added.every((token) => isAdded(token))))
    throw fail("its added_tokens are not a list of tokens with id and content");
  return json;
}

const isAdded = (token: unknown) =>
  typeof token === "object" &&
  token !== null &&
  Number.isSafeInteger((token as AddedToken).id) &&
  typeof (token as AddedToken).content === "string";

/** The library's parts, repaired. */
function read(json: TokenizerJson, where: string): LibraryParts {
  const { model, post_processor = null, decoder = null } = json;
  const normalizer = repairedNormalizer(json.normalizer ?? null);
  const pre_tokenizer = repairedPreTokenizer(json.pre_tokenizer ?? null);
  const added_tokens: never[] = []; // looked for here
  let parts: LibraryParts;
  try {
    parts = new Library(
      { model, added_tokens, normalizer, pre_tokenizer, post_processor, decoder },
      {},
    ) as unknown as LibraryParts;
  } catch (error) {
    throw new InputError("RL_TOKENIZER", `${where}: has parts that are unknown: ${messageOf(error)}`, { cause: error });
  }
  repairNormalizer(normalizer, parts.normalizer);
  repairPreTokenizer(pre_tokenizer, parts.pre_tokenizer);
  repairDecoder(decoder, parts.decoder);
  return parts;
}
