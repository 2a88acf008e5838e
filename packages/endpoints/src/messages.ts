import { createHash } from "node:crypto";
import type { Picture } from "./picture.ts";
import { pictureUrl } from "./picture.ts";

/** A piece of a message: text, a decoded picture, or a picture by its URL (data: or http). */
export type Part = { readonly text: string } | { readonly picture: Picture } | { readonly pictureUrl: string };

/** One message of a conversation. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string | readonly Part[];
}

/** A question to a chat endpoint; what is left out the server chooses. */
export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly temperature?: number;
  readonly topP?: number;
  /** Longest answer, in tokens. */
  readonly maxTokens?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  /** Which of several answers to the same question, from 0. It isn't sent: the cache tells them apart by it. */
  readonly draw?: number;
}

/** Where a request goes, as far as the answer depends on it. */
export interface Destination {
  /** The endpoint's base, e.g. http://127.0.0.1:8000/v1. */
  readonly url: string;
  readonly model: string;
  /** Further fields of the body, as the server documents them. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** What the endpoint calls the limit of an answer's tokens. */
  readonly maxTokensField?: "max_tokens" | "max_completion_tokens";
}

/** The body of `POST /chat/completions`. */
export function wireBody(to: Destination, request: ChatRequest): Record<string, unknown> {
  return fields(to, request, (picture) => ({ type: "image_url", image_url: { url: pictureUrl(picture) } }));
}

/**
 * What a request is known by in the cache: a SHA-256 of where it goes and all that is asked. Pictures count by their pixels, so that another version of zlib,
 * which writes other PNG bytes, doesn't pay again.
 */
export function requestKey(to: Destination, request: ChatRequest): string {
  return createHash("sha256")
    .update(JSON.stringify(described(to, request)))
    .digest("hex");
}

/** The same without a picture's bytes: what the cache keeps beside an answer, for those who read it. */
export function described(to: Destination, request: ChatRequest): Record<string, unknown> {
  const body = fields(to, request, (picture) => ({ type: "picture", ...pictureDigest(picture) }));
  return { version: 1, url: to.url, ...body, draw: request.draw ?? 0 };
}

function pictureDigest({ width, height, data }: Picture) {
  return { width, height, sha256: createHash("sha256").update(data).digest("hex") };
}

function fields(
  { model, body = {}, maxTokensField = "max_tokens" }: Destination,
  { messages, temperature, topP, maxTokens, seed, stop }: ChatRequest,
  pictureOf: (picture: Picture) => object,
): Record<string, unknown> {
  const partOf = (part: Part) =>
    "text" in part
      ? { type: "text", text: part.text }
      : "picture" in part
        ? pictureOf(part.picture)
        : { type: "image_url", image_url: { url: part.pictureUrl } };
  const given = { temperature, top_p: topP, [maxTokensField]: maxTokens, seed, stop };
  return {
    model,
    messages: messages.map(({ role, content }) => ({
      role,
      content: typeof content === "string" ? content : content.map(partOf),
    })),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...body,
  };
}
