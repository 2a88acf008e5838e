import { suggestion } from "@rewardlab/core";
import type { ContentPart, Message } from "@rewardlab/core";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { comparisonIn } from "./comparison.ts";
import { checkCount, pictureIn } from "./pictures.ts";
import type { NamedPicture } from "./pictures.ts";
import { Problem } from "./problem.ts";
import type { Ask, Question, Sampled } from "./question.ts";
import { askFor, checked, drawnSeed, usageOf } from "./serving.ts";
import type { Call, Reply, Serving } from "./serving.ts";
import { settledLength } from "./stops.ts";

const part = z.union([
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("image_url"), image_url: z.union([z.string(), z.object({ url: z.string() })]) }),
]);
const message = z.object({
  role: z.enum(["system", "developer", "user", "assistant"]),
  content: z.union([z.string(), z.array(part).min(1)]),
});
const optional = <S extends z.ZodType>(schema: S) => schema.nullish().transform((value) => value ?? null);
const body = z.object({
  model: optional(z.string()),
  messages: z.array(message).min(1),
  stream: optional(z.boolean()),
  stream_options: optional(z.object({ include_usage: z.boolean().optional() })),
  n: optional(z.int().positive()),
  temperature: optional(z.number().min(0).max(10)),
  max_tokens: optional(z.int().positive()),
  max_completion_tokens: optional(z.int().positive()),
  stop: optional(z.union([z.string().min(1), z.array(z.string().min(1)).max(16)])),
  seed: optional(z.int()),
  logprobs: optional(z.boolean()),
});

/** Fields that change nothing here, and those that would change the answer, each with the values that don't. */
const ignored = new Set([
  "user",
  "metadata",
  "store",
  "service_tier",
  "safety_identifier",
  "prompt_cache_key",
  "parallel_tool_calls",
]);
const only: Readonly<Record<string, (value: unknown) => boolean>> = {
  top_p: (value) => value === 1,
  top_k: (value) => value === -1 || value === 0,
  min_p: (value) => value === 0,
  frequency_penalty: (value) => value === 0,
  presence_penalty: (value) => value === 0,
  repetition_penalty: (value) => value === 1,
  top_logprobs: (value) => value === 0,
  logit_bias: (value) => isEmpty(value),
  tools: (value) => isEmpty(value),
  tool_choice: (value) => value === "none" || value === "auto",
  response_format: (value) => (value as { type?: unknown } | undefined)?.type === "text",
  modalities: (value) => JSON.stringify(value) === '["text"]',
};
const isEmpty = (value: unknown) => typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** Refuses what would be left out of account: an answer that is other than asked for would be taken for the one that was. */
function checkFields(given: unknown): void {
  if (typeof given !== "object" || given === null) return;
  for (const [name, value] of Object.entries(given)) {
    if (value === null || Object.hasOwn(body.shape, name) || ignored.has(name)) continue;
    if (Object.hasOwn(only, name)) {
      if (only[name]!(value)) continue;
      throw new Problem(400, "unsupported", `${name}: ${JSON.stringify(value)?.slice(0, 60)} can't be done here; leave it out`, {
        param: name,
      });
    }
    const names = [...Object.keys(body.shape), ...Object.keys(only)];
    throw new Problem(400, "unknown_field", `there is no field "${name.slice(0, 60)}".${suggestion(name, names)}`, {
      param: name,
    });
  }
}

/** `POST /v1/chat/completions`, as OpenAI's API has it. */
export async function chat(serving: Serving, { body: given, signal }: Call): Promise<Reply> {
  checkFields(given);
  const asked = checked(body, given);
  checkModel(serving, asked.model);
  const question = await questionOf(serving, asked.messages);
  const samples = asked.n ?? 1;
  if (samples > serving.mostSamples)
    throw new Problem(400, "too_many_samples", `n: ${samples}, expected at most ${serving.mostSamples}`, { param: "n" });
  if (asked.logprobs === true && asked.stream === true)
    throw new Problem(400, "unsupported", "logprobs: not with stream; leave one of them out", { param: "logprobs" });
  const seed = asked.seed ?? drawnSeed();
  const stop = asked.stop === null ? [] : typeof asked.stop === "string" ? [asked.stop] : asked.stop;
  const wanted = {
    question,
    samples,
    temperature: asked.temperature ?? 1,
    maxNewTokens: asked.max_completion_tokens ?? asked.max_tokens,
    stop,
    seed,
    stream: "chat",
    signal,
    param: "messages",
  };
  const head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: serving.policy.name };
  const ask = askFor(serving, wanted);
  if (asked.stream === true)
    return { events: (send) => streamed(serving, ask, head, asked.stream_options?.include_usage === true, send) };
  const answers = await serving.batches.ask(ask);
  const choices = answers.map((one, index) => ({
    index,
    message: { role: "assistant", content: one.text, refusal: null },
    logprobs: asked.logprobs === true ? { content: tokenLogProbs(serving, one), refusal: null } : null,
    finish_reason: one.finish,
  }));
  return { json: { ...head, object: "chat.completion", seed, choices, usage: usageOf([ask], [answers]) } };
}

/** Throws where a request names another model than the one there is. */
export function checkModel({ policy }: Serving, model: string | null): void {
  if (model === null || model === policy.name) return;
  throw new Problem(
    404,
    "model_not_found",
    `model: "${model.slice(0, 100)}" isn't here.${suggestion(model.slice(0, 100), [policy.name])}`,
    {
      param: "model",
    },
  );
}

async function streamed(
  serving: Serving,
  ask: Ask,
  head: object,
  withUsage: boolean,
  send: (event: object) => void,
): Promise<void> {
  const chunk = (choices: readonly object[], more: object = withUsage ? { usage: null } : {}) =>
    send({ ...head, object: "chat.completion.chunk", choices, ...more });
  const shown = Array.from({ length: ask.samples }, () => -1); // characters sent; −1: not even that there is an answer
  const show = (index: number, text: string, end: number) => {
    if (shown[index] === -1) {
      shown[index] = 0;
      chunk([{ index, delta: { role: "assistant", content: "" }, finish_reason: null }]);
    }
    if (end <= shown[index]!) return;
    chunk([{ index, delta: { content: text.slice(shown[index], end) }, finish_reason: null }]);
    shown[index] = end;
  };
  const answers = await serving.batches.ask({
    ...ask,
    onText: (sample, text) => show(sample, text, settledLength(text, ask.stop)),
  });
  answers.forEach(({ text, finish }, index) => {
    show(index, text, text.length);
    chunk([{ index, delta: {}, finish_reason: finish }]);
  });
  if (withUsage) chunk([], { usage: usageOf([ask], [answers]) });
}

function tokenLogProbs({ policy }: Serving, { ids, logProbs }: Sampled): object[] {
  return ids.map((id, index) => {
    const token = policy.spelt(id);
    return { token, logprob: logProbs[index], bytes: [...Buffer.from(token)], top_logprobs: [] };
  });
}

type Messages = z.output<typeof body>["messages"];

/** Messages as the policy reads them: a conversation, or an item where it has no chat template. */
async function questionOf({ policy, pictures: limits }: Serving, messages: Messages): Promise<Question> {
  const urls = messages.flatMap(({ content }, at) =>
    typeof content === "string"
      ? []
      : content.flatMap((one, nth) =>
          one.type === "text" ? [] : [{ url: urlOf(one.image_url), param: `messages[${at}].content[${nth}].image_url` }],
        ),
  );
  checkCount(urls.length, limits, "messages");
  const pictures: NamedPicture[] = [];
  for (const { url, param } of urls) pictures.push(await pictureIn(url, param, limits));
  if (!policy.converses) return { item: itemOf(messages, pictures) };
  const conversation = {
    messages: messages.map((one) => messageOf(one, pictures.length > 0)),
    pictures: pictures.map(({ pixels }) => pixels),
    where: "messages",
    trusted: false,
  };
  return { conversation };
}

const urlOf = (given: string | { url: string }) => (typeof given === "string" ? given : given.url);

/** Templates of models that see read lists of parts in every message, those of others read texts. */
function messageOf({ role, content }: Messages[number], parts: boolean): Message {
  const list: ContentPart[] =
    typeof content === "string"
      ? [{ type: "text", text: content }]
      : content.map((one): ContentPart => (one.type === "text" ? one : { type: "image" }));
  const text = list.map((one) => (one.type === "text" ? one.text : "")).join("");
  return { role: role === "developer" ? "system" : role, content: parts ? list : text };
}

function itemOf(messages: Messages, images: readonly NamedPicture[]) {
  const last = messages.at(-1)!;
  if (messages.filter(({ role }) => role === "user" || role === "assistant").length > 1 || last.role !== "user")
    throw new Problem(400, "unsupported", "messages: this model has no chat template, expected one message of a user's", {
      param: "messages",
    });
  const { content } = messageOf(last, false);
  const { question, responses } = comparisonIn(content as string);
  return { id: "asked", question, responses, preferred: 1 as const, images };
}
