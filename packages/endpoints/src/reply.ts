import type { Usage } from "./cost.ts";

/** What a chat endpoint answered. */
export interface ChatAnswer {
  /** The answer's text; "" where the server gave none (all of it went into the reasoning, say). */
  readonly text: string;
  /** Reasoning that the server keeps apart from the text (`reasoning_content` or `reasoning`); null where it doesn't. */
  readonly reasoning: string | null;
  /** Why the answer ends: stop, length, content_filter …; null where the server doesn't say. */
  readonly finish: string | null;
  /** null where the server doesn't count. */
  readonly usage: Usage | null;
  /** The model's name as the server says it. */
  readonly model: string | null;
}

/** The answer in a body of `POST /chat/completions`, or what is wrong with the body, in words. */
export function readAnswerBody(text: string): ChatAnswer | string {
  const body = parsed(text);
  if (body === undefined) return `the answer is no JSON: ${excerpt(text)}`;
  const { choices, usage, model } = asObject(body);
  const first = asObject(Array.isArray(choices) ? choices[0] : undefined);
  const message = asObject(first["message"]);
  const content = contentOf(message["content"] ?? message["refusal"] ?? null);
  if (first["message"] === undefined || content === null) return `the answer has no choices[0].message.content: ${excerpt(text)}`;
  return {
    text: content,
    reasoning: textOrNull(message["reasoning_content"]) ?? textOrNull(message["reasoning"]),
    finish: textOrNull(first["finish_reason"]),
    usage: usageOf(usage),
    model: textOrNull(model),
  };
}

/** What a server says of an error, as {error: {message, code}} or {message} or {detail}; null where it says it in no such way. */
export function readErrorBody(text: string): { readonly message: string; readonly code: string | null } | null {
  const body = asObject(parsed(text));
  const error = typeof body["error"] === "string" ? { message: body["error"] } : asObject(body["error"] ?? body);
  const message = error["message"] ?? error["detail"];
  if (message === undefined) return null;
  const code = error["code"] ?? error["type"];
  return {
    message: typeof message === "string" ? message : JSON.stringify(message),
    code: typeof code === "string" || typeof code === "number" ? String(code) : null,
  };
}

/** The first 200 characters, in one line. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line === "" ? "(empty)" : line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

function usageOf(value: unknown): Usage | null {
  const { prompt_tokens: input, completion_tokens: output } = asObject(value);
  const isCount = (count: unknown): count is number => typeof count === "number" && Number.isFinite(count) && count >= 0;
  if (!isCount(input)) return null;
  return { inputTokens: input, outputTokens: isCount(output) ? output : 0 };
}

/** Text, null for none ("" then), or a list of parts of which the text counts; null: something else. */
function contentOf(value: unknown): string | null {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return null;
  const texts = value.map((part) => textOrNull(asObject(part)["text"]));
  return texts.some((text) => text === null) ? null : texts.join("");
}

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
