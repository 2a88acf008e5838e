import type { Conversations, Generated, Model, RemoteModel, Tokenizer, ValueHead } from "../../kinds.ts";
import { anything, shown } from "../guard.ts";
import type { Guard, Wrong } from "../guard.ts";
import { areTexts, field, firstWrong, isCount, isNumber, isText, listOf, objectWith, tensorOf, tensorsByName } from "./expect.ts";

const EACH_TOKEN = "[B, T]: a number for each response token";

const tokenizerGuard: Guard<Tokenizer> = {
  what: "a tokenizer",
  methods: {
    encode: {
      check: (ids) =>
        Array.isArray(ids) && ids.every(isCount) ? null : { gave: `gave ${shown(ids)}`, expected: "a list of token ids" },
    },
    decode: { check: (text) => (isText(text) ? null : { gave: `gave ${shown(text)}`, expected: "a text" }) },
    pieces: anything,
  },
  mayLack: ["pieces"],
  fields: {
    size: field(isCount, "how many tokens there are"),
    padId: field(isCount, "a token id"),
    endId: field((id) => isCount(id) || id === -1, "a token id, or -1 where no response ends before its length"),
  },
};

const valueHeadGuard: Guard<ValueHead> = {
  what: "a value head",
  methods: {
    initialParameters: { check: (made) => tensorsByName(made, "the head's parameters") },
    logProbsAndValues: {
      check: (made, _parameters, _prompts, { mask }) =>
        firstWrong(
          () => objectWith(made, "{ logProbs, values }"),
          () => tensorOf(made.logProbs, mask.shape, `logProbs ${EACH_TOKEN}`),
          () => tensorOf(made.values, mask.shape, `values ${EACH_TOKEN}`),
        ),
    },
  },
};

/** How a model reads items, wherever its weights are. */
const readingGuards: Pick<Guard<Model>["methods"], "prompts" | "promptLength"> = {
  prompts: { check: (batch) => objectWith(batch, "a batch, an object") },
  promptLength: {
    check: (tokens) => (isCount(tokens) ? null : { gave: `gave ${shown(tokens)}`, expected: "a whole number of tokens" }),
  },
};

const conversationsGuard: Guard<Conversations> = {
  what: "a model's conversations",
  methods: {
    promptIds: anything,
    prompts: { check: (batch) => objectWith(batch, "a batch, an object") },
    logProbs: { check: (made, _parameters, _prompts, { mask }) => tensorOf(made, mask.shape, EACH_TOKEN) },
  },
};

export const modelGuard: Guard<Model> = {
  what: "a model",
  methods: {
    initialParameters: { check: (made) => tensorsByName(made, "the parameters") },
    load: { check: (made) => tensorsByName(made, "the parameters") },
    trains: {
      check: (trains) => (typeof trains === "boolean" ? null : { gave: `gave ${shown(trains)}`, expected: "true or false" }),
    },
    exportTo: anything,
    ...readingGuards,
    logProbs: { check: (made, _parameters, _prompts, { mask }) => tensorOf(made, mask.shape, EACH_TOKEN) },
    entropies: { check: (made, _parameters, _prompts, { mask }) => tensorOf(made, mask.shape, EACH_TOKEN) },
    generate: { check: (made) => generatedProblem(made) },
  },
  mayLack: ["load", "trains", "exportTo", "entropies"],
  fields: { contextLength: field(isNumber, "a number of tokens, or Infinity") },
  parts: { tokenizer: tokenizerGuard, valueHead: valueHeadGuard, conversations: conversationsGuard },
};

/** What a service gives is looked at as the part gives it on. */
export const remoteModelGuard: Guard<RemoteModel> = {
  what: "a remote model",
  methods: {
    ...readingGuards,
    begin: { check: (kept) => objectWith(kept, "where the policy is kept, an object") },
    logProbs: anything, // the learner knows how many there should be, and for what
    generate: { check: (made) => generatedProblem(made) },
    backward: anything,
    step: { check: (made) => objectWith(made, "{ gradientNorm }") },
    keep: { check: (kept) => objectWith(kept, "where the policy is kept, an object") },
    goBack: anything,
    drop: anything,
  },
  mayLack: ["drop"],
  fields: {
    at: field(isText, "where the weights are"),
    optimizers: field(areTexts, "names of optimizers"),
    contextLength: field(isNumber, "a number of tokens, or Infinity"),
  },
  parts: { tokenizer: tokenizerGuard },
};

/** B rows of `tokens`, all three alike. */
function generatedProblem(made: Generated): Wrong | null {
  return firstWrong(
    () => objectWith(made, "{ tokens, responseIds, mask, logProbs }"),
    () => (isCount(made.tokens) ? null : { gave: `gave ${shown(made.tokens)} as tokens`, expected: "how long a row is" }),
    () => {
      const length = made.responseIds?.length;
      return isCount(length) && length % Math.max(made.tokens, 1) === 0
        ? null
        : { gave: `gave ${shown(length)} responseIds`, expected: `rows of ${made.tokens}` };
    },
    () => listOf(made.mask, made.responseIds.length, "numbers of the mask"),
    () => listOf(made.logProbs, made.responseIds.length, "logProbs"),
  );
}
