import { InputError } from "@rewardlab/core";
import type { ContentPart, ItemOutline, Message, PictureSize } from "@rewardlab/core";
import type { ChatTemplate } from "./chat-template.ts";
import type { Eyes } from "./eyes.ts";
import type { HfTokenizer } from "./tokenizer.ts";

/** What a text of a user's becomes: {question}, {response1} and {response2} stand for the item's. */
export interface PromptTexts {
  readonly system: string | null;
  /** Of an item with two responses. */
  readonly prompt: string;
}

/** How conversations become tokens. */
export interface Writer {
  readonly tokenizer: HfTokenizer;
  /** undefined: a base model, which reads the texts one after the other. */
  readonly template: ChatTemplate | undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly eyes: Eyes | null;
}

/** A preference item as a conversation: the pictures, then the text. An item whose two responses are empty compares nothing: its question alone is asked. */
export function messagesOf({ images, question, responses }: ItemOutline, { system, prompt }: PromptTexts): Message[] {
  const [response1, response2] = responses;
  const filled: Readonly<Record<string, string>> = { question, response1, response2 };
  const text =
    response1 === "" && response2 === ""
      ? question
      : prompt.replace(/\{(question|response1|response2)\}/g, (_, name: string) => filled[name]!);
  const pictures = images.map((): ContentPart => ({ type: "image" }));
  return [
    ...(system === null ? [] : [{ role: "system", content: textOrParts(system, pictures.length > 0) }]),
    { role: "user", content: pictures.length === 0 ? text : [...pictures, { type: "text", text }] },
  ];
}

/** Templates of models that see expect lists of parts in all messages, others texts. */
function textOrParts(text: string, parts: boolean): Message["content"] {
  return parts ? [{ type: "text", text }] : text;
}

/**
 * The tokens of a conversation, with the assistant's turn begun. `sizes`: of the pictures, in order; each mark that the template writes becomes the picture's own
 * text. `trusted`: special tokens in the texts are read as such, as Transformers does; else they are text like any other.
 */
export function promptIdsOf(
  messages: readonly Message[],
  sizes: readonly PictureSize[],
  writer: Writer,
  { where, trusted }: { readonly where: string; readonly trusted: boolean },
): number[] {
  const { tokenizer, template, variables, eyes } = writer;
  if (sizes.length > 0 && eyes === null)
    throw new InputError(
      "RL_IMAGE",
      `${where} has ${sizes.length} ${sizes.length === 1 ? "picture" : "pictures"}, and the model reads text alone`,
    );
  const guarded = trusted ? messages : messages.map((message) => fenced(message, tokenizer));
  const text =
    template === undefined
      ? guarded.map(({ content }) => plainText(content, eyes)).join("\n")
      : template.render(guarded, { addGenerationPrompt: true, variables });
  let picture = 0;
  const pieces = text.split(FENCED).map((piece, index) => {
    if (index % 2 === 1) return tokenizer.encodeText(piece);
    if (eyes === null) return tokenizer.encode(piece);
    const parts = piece.split(eyes.mark);
    const written = parts.slice(1).map(() => {
      const size = sizes[picture++];
      return size === undefined ? "" : eyes.written(size);
    });
    return tokenizer.encode(parts.map((part, at) => part + (written[at] ?? "")).join(""));
  });
  if (picture !== sizes.length)
    throw new InputError(
      "RL_IMAGE",
      `${where} has ${sizes.length} pictures, and ${picture} places for one in its prompt: does the model's chat template read pictures?`,
    );
  const ids = template === undefined ? withBegin(pieces.flat(), tokenizer) : pieces.flat();
  if (ids.length === 0)
    throw new InputError(
      "RL_CHAT_TEMPLATE",
      `${where} has a prompt of no tokens, expected one at least: ${template === undefined ? "its text is empty" : "the model's chat template writes nothing for it"}`,
    );
  return ids;
}

function plainText(content: Message["content"], eyes: Eyes | null): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : (eyes?.mark ?? ""))).join("");
}

/** What the tokenizer puts before a text. */
function withBegin(ids: readonly number[], tokenizer: HfTokenizer): number[] {
  const [before] = tokenizer.encodeWhole("");
  return before === undefined || before === tokenizer.endId ? [...ids] : [before, ...ids];
}

/** Characters that are no characters, around a text in which special tokens are spelt. */
const OPEN = "\ufdd1";
const CLOSE = "\ufdd2";
const FENCED = new RegExp(`${OPEN}([^${CLOSE}]*)${CLOSE}`);

function fenced(message: Message, tokenizer: HfTokenizer): Message {
  const text = (given: string): string => {
    const clean = given.replaceAll(OPEN, "\ufffd").replaceAll(CLOSE, "\ufffd");
    if (!tokenizer.mayMentionSpecial(clean)) return clean;
    const plain = tokenizer.encodeText(clean);
    const read = tokenizer.encode(clean);
    const same = plain.length === read.length && plain.every((id, index) => id === read[index]);
    return same ? clean : `${OPEN}${clean}${CLOSE}`;
  };
  const { role, content } = message;
  if (typeof content === "string") return { role, content: text(content) };
  return { role, content: content.map((part) => (part.type === "text" ? { ...part, text: text(part.text) } : part)) };
}
