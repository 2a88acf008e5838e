import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/storage";
import { randomStream } from "@rewardlab/statistics/random";
import { createResolver } from "../experiment/resolve.ts";
import { ExperimentError } from "../experiment/problems.ts";
import type { SourceText } from "../experiment/problems.ts";
import { parseSource } from "../experiment/source.ts";
import type { Conversation, Message, Model, ModelBatch, Parameters, Pixels, PreferenceItem } from "../kinds.ts";
import type { Container } from "../plugin/container.ts";
import type { Registry } from "../plugin/registry.ts";
import type { Resolved } from "../plugin/resolved.ts";
import { isRemote } from "../plugin/remote-model.ts";
import { Compiler } from "../services/compiler.ts";
import { z } from "zod";
import { free } from "../math/memory.ts";

/**
 * `rewardlab probe model SPEC`: what a model says of given responses. `{ items: [ … ] }` holds conversations, `{ messages, response }`, or items as the trainer
 * has them, `{ images, question, responses, preferred, response }`; pictures come decoded. A response stands as it is: no end token is added.
 *
 *     → { responseIds: [[…]], responsePieces: [[…]], logProbs: [[…]], promptTokens: […] }        a list an item, at temperature 1
 */
const pixels = z.strictObject({ width: z.int().positive(), height: z.int().positive(), data: z.instanceof(Uint8Array) });
const picture = z.strictObject({ type: z.literal("image"), pixels });
const message = z.strictObject({
  role: z.string(),
  content: z.union([z.string(), z.array(z.union([z.strictObject({ type: z.literal("text"), text: z.string() }), picture]))]),
});
const conversation = z.strictObject({ messages: z.array(message).min(1), response: z.string() });
const item = z.looseObject({
  id: z.string().optional(),
  images: z.array(z.strictObject({ path: z.string(), pixels })).default([]),
  question: z.string(),
  responses: z.tuple([z.string(), z.string()]).default(["", ""]),
  preferred: z.union([z.literal(1), z.literal(2), z.literal("tie")]).default("tie"),
  response: z.string(),
});
const batch = z.strictObject({ items: z.array(z.unknown()).min(1) });

type Asked = { readonly response: string } & ({ readonly conversation: Conversation } | { readonly item: PreferenceItem });

/** The model that a slot's value as YAML names: `tiny-vlm`, or `{ use: hf, path: … }`. Throws an `ExperimentError` with all that is wrong with it. */
export function resolveModel(registry: Registry, source: SourceText): Resolved<"model"> {
  const resolver = createResolver(registry);
  const resolved = resolver.slot("model", parseSource(source), "");
  if (resolver.problems.length > 0 || resolved === undefined) throw new ExperimentError(source, resolver.problems);
  return resolved as Resolved<"model">;
}

/** A function that puts batches to the model that SPEC describes; its weights are read once. `dispose` frees them. */
export function modelProbe(
  registry: Registry,
  container: Container,
  spec: string,
): { readonly run: (values: unknown) => Promise<unknown>; readonly dispose: () => void } {
  const resolved = resolveModel(registry, { file: "SPEC", text: spec });
  let opened: Promise<{ readonly model: Model; readonly parameters: Parameters }> | null = null;
  let held: Parameters | null = null;
  const open = async () => {
    const model = container.create(resolved);
    if (isRemote(model))
      throw new InputError(
        "RL_REMOTE",
        `probe model: the weights are with a service (${model.at}), expected a model that has them here`,
      );
    const random = randomStream(1, "probe");
    held = model.load ? await model.load(random) : model.initialParameters(random);
    return { model, parameters: held };
  };
  return {
    run: async (values) => {
      const asked = readItems(values);
      const { model, parameters } = await (opened ??= open());
      const compute = container.get(Compiler).compile(logProbsOf(model));
      const answers = asked.map((one) => answerOf(model, parameters, compute, one));
      return {
        responseIds: answers.map(({ responseIds }) => responseIds),
        responsePieces: answers.map(({ responsePieces }) => responsePieces),
        logProbs: answers.map(({ logProbs }) => logProbs),
        promptTokens: answers.map(({ promptTokens }) => promptTokens),
      };
    },
    dispose: () => free(held),
  };
}

type Compute = (parameters: Parameters, prompts: ModelBatch, responseIds: Tensor2D, mask: Tensor2D) => Tensor2D;

const logProbsOf =
  ({ conversations, logProbs }: Model): Compute =>
  (parameters, prompts, responseIds, mask) =>
    (conversations?.logProbs ?? logProbs)(parameters, prompts, { responseIds, mask }, 1);

function answerOf(model: Model, parameters: Parameters, compute: Compute, asked: Asked) {
  const { tokenizer } = model;
  const responseIds = tokenizer.encode(asked.response);
  const responsePieces = tokenizer.pieces?.(responseIds) ?? responseIds.map((id) => tokenizer.decode([id]));
  const promptTokens = "item" in asked ? model.promptLength(asked.item) : talks(model).promptIds([asked.conversation])[0]!.length;
  if (responseIds.length === 0) return { responseIds, responsePieces, logProbs: [], promptTokens };
  const logProbs = tf.tidy(() => {
    const prompts = "item" in asked ? model.prompts([asked.item]) : talks(model).prompts([asked.conversation]);
    const mask = tf.ones([1, responseIds.length]) as Tensor2D; // [1, T]
    return [...compute(parameters, prompts, tf.tensor2d([responseIds], undefined, "int32"), mask).dataSync()];
  });
  return { responseIds, responsePieces, logProbs, promptTokens };
}

function talks({ conversations }: Model): NonNullable<Model["conversations"]> {
  if (conversations !== undefined) return conversations;
  throw new InputError("RL_BATCH", "probe model: the model reads items alone, expected items with a question and not messages");
}

function readItems(values: unknown): Asked[] {
  const { items } = read(batch, values, "");
  return items.map((given, index) => {
    const where = `items.${index}`;
    if (typeof given === "object" && given !== null && "messages" in given) {
      const { messages, response } = read(conversation, given, where);
      return { response, conversation: { where, messages: messages.map(asTold), pictures: messages.flatMap(picturesIn) } };
    }
    const { response, ...of } = read(item, given, where);
    return { response, item: { ...of, id: of.id ?? String(index), where } };
  });
}

type Given = z.output<typeof message>;

const picturesIn = ({ content }: Given): Pixels[] =>
  typeof content === "string" ? [] : content.flatMap((part) => (part.type === "image" ? [part.pixels] : []));

function asTold({ role, content }: Given): Message {
  if (typeof content === "string") return { role, content };
  return { role, content: content.map((part) => (part.type === "image" ? { type: "image" } : part)) };
}

function read<S extends z.ZodType>(schema: S, given: unknown, where: string): z.output<S> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = [where, ...issue!.path.map(String)].filter((part) => part !== "").join(".");
  throw new InputError("RL_BATCH", `batch: ${place || "it"}: ${issue!.message}`);
}
