import { InputError, suggestion } from "@rewardlab/core";
import { sha256 } from "@rewardlab/storage";
import type { TensorOutline } from "@rewardlab/storage";
import { join } from "node:path";
import { architectureOf } from "./architectures.ts";
import type { Architecture } from "./architectures.ts";
import { chatTemplate } from "./chat-template.ts";
import { configText } from "./config-text.ts";
import { readHfFolder } from "./folder.ts";
import type { HfFolder, JsonObject } from "./folder.ts";
import { hfTokenizer } from "./tokenizer.ts";
import { noTensor, withWeights } from "./weights.ts";
import type { Weights } from "./weights.ts";
import { towerTypes, visionTowerOf } from "./vision-towers.ts";

/** Which parts, and how the one is brought to the other. */
export interface Joint {
  /** A folder with a tower, or a whole model that has one. */
  readonly vision: string;
  /** A folder or .gguf file with a decoder, or a whole model that has one. */
  readonly text: string;
  /** s: so many by so many patches become one column. */
  readonly shuffle: number;
  /** Which of the tower's states is read, as `vision_feature_layer` counts them. */
  readonly layer: number;
  /** Side that pictures are brought to; null: as the tower's own files say. */
  readonly imageSize: number | null;
}

/** Two folders as if they were one, with a projector between them that no file has. */
export interface JoinedFolder {
  /** LLaVA's or InternVL's, in Transformers' form: an export is one, too. */
  readonly folder: HfFolder;
  /** A whole model whose tower and projector see, where the vision part is one; null: a tower alone. */
  readonly seeing: Architecture | null;
}

/** Where the parts stand among the parameters, as LLaVA's files have them. */
export const TOWER = "vision_tower";
export const PROJECTOR = "multi_modal_projector";
export const DECODER = "language_model.model";
export const HEAD = "language_model.lm_head";
/** What stands in a text for a column of a picture. */
export const MARK = "<image>";

/** Reads the small files of both. Throws `InputError` for parts that can't be joined. */
export function joinFolders({ vision, text, shuffle, layer, imageSize }: Joint): JoinedFolder {
  const [eyes, words] = [readHfFolder(vision), readHfFolder(text)];
  const part = withWeights(eyes, (weights) => visionPart(eyes, new Set(weights.tensors.keys())));
  const preprocessor = withSize(preprocessorOf(eyes), imageSize);
  const decoder = withWeights(words, (weights) => architectureOf(words, new Set(weights.tensors.keys())));
  const files = words.smallFiles();
  const json = JSON.parse(textOf(files["tokenizer.json"]!)) as TokenizerFile;
  const { id, size, tokenizer } = withMark(json, decoder.text.vocabulary);
  const config: JsonObject = {
    ...(shuffle === 1
      ? { architectures: ["LlavaForConditionalGeneration"], model_type: "llava", image_token_index: id }
      : {
          architectures: ["InternVLForConditionalGeneration"],
          model_type: "internvl",
          image_token_id: id,
          downsample_ratio: 1 / shuffle,
        }),
    vision_feature_layer: layer,
    vision_feature_select_strategy: part.before === 1 ? "default" : "full",
    projector_hidden_act: "gelu",
    tie_word_embeddings: decoder.text.tied,
    vision_config: part.config,
    text_config: { ...textConfigOf(words), vocab_size: size, tie_word_embeddings: decoder.text.tied },
  };
  const template = templateText(words);
  const where = `${words.path} with ${MARK}`;
  const { endIds, beginId, padId } = words.generation;
  const small: Readonly<Record<string, string | Uint8Array>> = {
    ...files,
    "config.json": configText(config, [eyes.smallFiles()["config.json"], files["config.json"]]),
    "tokenizer.json": JSON.stringify(tokenizer),
    "preprocessor_config.json": `${JSON.stringify(preprocessor, null, 2)}\n`,
    "processor_config.json": `${JSON.stringify(
      {
        processor_class: "LlavaProcessor",
        image_token: MARK,
        patch_size: part.patch,
        vision_feature_select_strategy: config["vision_feature_select_strategy"],
        num_additional_image_tokens: part.before,
      },
      null,
      2,
    )}\n`,
    "generation_config.json": `${JSON.stringify({ bos_token_id: beginId ?? null, eos_token_id: endIds, pad_token_id: padId }, null, 2)}\n`,
    ...(template === undefined ? {} : { "chat_template.jinja": template }),
  };
  let made: ReturnType<typeof hfTokenizer> | undefined;
  return {
    seeing: part.seeing,
    folder: {
      path: `${eyes.path} joined to ${words.path}`,
      modelType: shuffle === 1 ? "llava" : "internvl",
      config,
      generation: words.generation,
      preprocessor,
      templateVariables: words.templateVariables,
      tokenizer: () => (made ??= hfTokenizer(tokenizer, { where, endIds, padId, size })),
      chatTemplate: () => (template === undefined ? undefined : chatTemplate(template, where)),
      openWeights: () => joinedWeights(eyes.openWeights(), words.openWeights(), { part, decoder, size }),
      smallFiles: () => small,
    },
  };
}

// ---------------------------------------------------------------- what sees

interface VisionPart {
  readonly config: JsonObject;
  /** What the tower's tensors begin with in its files. */
  readonly prefix: string;
  readonly before: number;
  readonly patch: number | null;
  readonly seeing: Architecture | null;
}

/** What stands before a tower's tensors, by whose head or backbone it was saved with. */
const prefixes = ["", "vision_model.", "dinov2.", "backbone.", "model."];
/** Models with a tower in which nothing but their own projector is between. */
const withTower = new Set(["clip", "siglip", "llava", "internvl"]);

function visionPart(folder: HfFolder, names: ReadonlySet<string>): VisionPart {
  const where = join(folder.path, "config.json");
  const whole = withTower.has(folder.modelType);
  if (!whole && !towerTypes.includes(folder.modelType)) return wholeModel(folder, names, where);
  const config = whole
    ? { model_type: `${folder.modelType}_vision_model`, ...(folder.config["vision_config"] as JsonObject | undefined) }
    : folder.config;
  const tower = visionTowerOf(config, whole ? `${where}: vision_config` : where);
  const [first] = Object.keys(tower.shapes);
  const prefix = [...prefixes, ...prefixes.flatMap((one) => [`vision_tower.${one}`, `model.vision_tower.${one}`])].find((one) =>
    names.has(`${one}${first!}`),
  );
  if (prefix === undefined)
    throw new InputError(
      "RL_WEIGHTS",
      `${folder.path}: there is no tensor ${first!}, which a tower of ${String(config["model_type"])} has`,
    );
  return { config, prefix, before: tower.before, patch: tower.patch, seeing: null };
}

/** One whose tower and projector are used as they are, another projector behind them. */
function wholeModel(folder: HfFolder, names: ReadonlySet<string>, where: string): VisionPart {
  const seeing = architectureOf(folder, names);
  if (seeing.eyes === null)
    throw new InputError(
      "RL_HF_CONFIG",
      `${where}: model_type is ${JSON.stringify(folder.modelType)}, which sees nothing, expected a tower (${towerTypes.join(", ")}) or a model that has one.${suggestion(folder.modelType, towerTypes)}`,
    );
  return { config: folder.config, prefix: "", before: 0, patch: null, seeing };
}

function preprocessorOf({ path, preprocessor }: HfFolder): JsonObject {
  if (preprocessor !== undefined) return preprocessor;
  throw new InputError("RL_HF_FOLDER", `${path}: has no preprocessor_config.json, which says how pictures become numbers`);
}

function withSize(preprocessor: JsonObject, side: number | null): JsonObject {
  if (side === null) return preprocessor;
  return {
    ...preprocessor,
    do_resize: true,
    do_center_crop: true,
    size: { shortest_edge: side },
    crop_size: { height: side, width: side },
  };
}

// ---------------------------------------------------------------- what reads and writes

interface TokenizerFile {
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
  readonly model: { readonly vocab: Readonly<Record<string, number>> | readonly unknown[] };
}

/** The token that stands for a column of a picture: the tokenizer's own of that name, else one more, in a free row of the embedding or behind the last. */
function withMark(json: TokenizerFile, rows: number): { id: number; size: number; tokenizer: TokenizerFile } {
  const added = json.added_tokens ?? [];
  const known = added.find(({ content }) => content === MARK);
  if (known !== undefined) return { id: known.id, size: rows, tokenizer: json };
  const ids = Array.isArray(json.model.vocab) ? [json.model.vocab.length - 1] : Object.values(json.model.vocab as object);
  const id = 1 + [...ids, ...added.map((token) => token.id)].reduce((most, one) => Math.max(most, one), -1);
  const mark = { id, content: MARK, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return { id, size: Math.max(rows, id + 1), tokenizer: { ...json, added_tokens: [...added, mark] } };
}

/** A text's own configuration: that of a model's part where the folder has a whole one. */
function textConfigOf({ config, modelType }: HfFolder): JsonObject {
  const own = config["text_config"] as JsonObject | undefined;
  if (own !== undefined) return own;
  const { architectures: _, vision_config: seeing, ...rest } = config;
  return seeing === undefined ? rest : { ...rest, model_type: `${modelType}_text` };
}

/** A template for texts gets texts: every part of a message in one, with the mark where a picture stands. */
const FLATTENED = `{%- set flat = namespace(all=[]) -%}
{%- for message in messages -%}
{%- if message['content'] is string -%}
{%- set flat.all = flat.all + [message] -%}
{%- else -%}
{%- set written = namespace(text='') -%}
{%- for part in message['content'] -%}
{%- if part['type'] == 'image' -%}
{%- set written.text = written.text + '${MARK}\\n' -%}
{%- else -%}
{%- set written.text = written.text + part['text'] -%}
{%- endif -%}
{%- endfor -%}
{%- set flat.all = flat.all + [{'role': message['role'], 'content': written.text}] -%}
{%- endif -%}
{%- endfor -%}
{%- set messages = flat.all -%}
`;

function templateText(words: HfFolder): string | undefined {
  const source = words.chatTemplate()?.source;
  return source === undefined ? undefined : `${FLATTENED}${source}`;
}

const textOf = (content: string | Uint8Array) => (typeof content === "string" ? content : Buffer.from(content).toString("utf8"));

// ---------------------------------------------------------------- weights

/** Both files' tensors by LLaVA's names. Rows that the embedding gets more are the mean of its own: the tokens that they are of are never generated. */
function joinedWeights(
  eyes: Weights,
  words: Weights,
  { part, decoder, size }: { readonly part: VisionPart; readonly decoder: Architecture; readonly size: number },
): Weights {
  const sources = new Map<string, { readonly of: Weights; readonly name: string; readonly grows: boolean }>();
  for (const name of eyes.tensors.keys())
    if (part.seeing === null ? name.startsWith(part.prefix) : part.seeing.eyes!.shapes[name] !== undefined)
      sources.set(`${TOWER}.${name.slice(part.prefix.length)}`, { of: eyes, name, grows: false });
  for (const name of words.tensors.keys())
    if (name.startsWith(`${decoder.decoder}.`))
      sources.set(`${DECODER}${name.slice(decoder.decoder.length)}`, {
        of: words,
        name,
        grows: name.endsWith(".embed_tokens.weight"),
      });
    else if (name === `${decoder.head}.weight`) sources.set(`${HEAD}.weight`, { of: words, name, grows: true });
  const tensors = new Map(
    [...sources].map(([own, { of, name, grows }]): [string, TensorOutline] => {
      const outline = of.tensors.get(name)!;
      return [own, { ...outline, name: own, shape: grows ? [size, ...outline.shape.slice(1)] : outline.shape }];
    }),
  );
  const at = `${eyes.at} joined to ${words.at}`;
  return {
    at,
    tensors,
    read(own, into) {
      const source = sources.get(own);
      if (source === undefined) throw noTensor(at, own, tensors);
      const { of, name, grows } = source;
      if (!grows) return of.read(name, into);
      const [rows, width] = of.tensors.get(name)!.shape as [number, number];
      const target = into ?? new Float32Array(size * width);
      of.read(name, target.subarray(0, rows * width));
      for (let row = rows; row < size; row++) target.set(meanRow(target, rows, width), row * width);
      return target;
    },
    sha256: () => sha256(`${eyes.sha256()}\n${words.sha256()}\n`),
    close() {
      eyes.close();
      words.close();
    },
  };
}

function meanRow(table: Float32Array, rows: number, width: number): Float32Array {
  const sums = new Float64Array(width);
  for (let at = 0; at < rows * width; at++) sums[at % width]! += table[at]!;
  return Float32Array.from(sums, (sum) => sum / rows);
}
