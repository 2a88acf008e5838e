import type {
  AdvantageLevel,
  AdvantageStep,
  Aggregate,
  Correction,
  Kl,
  LossMask,
  Optimizer,
  PairLoss,
  Ratio,
  Schedule,
  Surrogate,
} from "../../kinds.ts";
import { shown } from "../guard.ts";
import type { Guard } from "../guard.ts";
import { field, firstWrong, isNumber, objectWith, tensorOf, tensorsByName, tensorsLike } from "./expect.ts";

// The parts of an update: advantage, policy loss, optimizer. Pure arithmetic, so a check compares shapes and no more.

const EACH_TOKEN = "[B, T]: a number for each token";
const EACH_RESPONSE = "[B]: a number for each response";

/** What an advantage step must give: a number for each token, [B, T], or for each response, [B]. */
export function advantageGuard(gives: AdvantageLevel): Guard<AdvantageStep> {
  return {
    what: "an advantage step",
    methods: {
      apply: {
        check: (result, _values, { mask, scores }) =>
          gives === "tokens" ? tensorOf(result, mask.shape, EACH_TOKEN) : tensorOf(result, scores.shape, EACH_RESPONSE),
      },
      returnsOf: { check: (result, _given, { mask }) => tensorOf(result, mask.shape, EACH_TOKEN) },
    },
    mayLack: ["returnsOf"],
  };
}

export const ratioGuard: Guard<Ratio> = {
  what: "a ratio",
  methods: { apply: { check: (result, { logProbs }) => tensorOf(result, logProbs.shape, EACH_TOKEN) } },
};

export const surrogateGuard: Guard<Surrogate> = {
  what: "a surrogate",
  methods: { apply: { check: (result, { logProbs }) => tensorOf(result, logProbs.shape, EACH_TOKEN) } },
};

export const correctionGuard: Guard<Correction> = {
  what: "a correction",
  methods: {
    apply: {
      check: (result, { mask }) =>
        firstWrong(
          () => objectWith(result, "{ weights, mask }"),
          () => tensorOf(result.weights, mask.shape, `weights ${EACH_TOKEN}`),
          () => tensorOf(result.mask, mask.shape, `mask ${EACH_TOKEN}`),
        ),
    },
  },
};

export const maskGuard: Guard<LossMask> = {
  what: "a mask",
  methods: { apply: { check: (result, { mask }) => tensorOf(result, mask.shape, EACH_TOKEN) } },
};

export const aggregateGuard: Guard<Aggregate> = {
  what: "an aggregate",
  methods: { apply: { check: (result) => tensorOf(result, [], "the loss: one number") } },
};

export const klGuard: Guard<Kl> = {
  what: "a KL estimator",
  methods: { apply: { check: (result, logProbs) => tensorOf(result, logProbs.shape, EACH_TOKEN) } },
};

export const pairLossGuard: Guard<PairLoss> = {
  what: "a pair loss",
  methods: { apply: { check: (result, { chosen }) => tensorOf(result, chosen.shape, "[P]: a number for each pair") } },
};

export const optimizerGuard: Guard<Optimizer> = {
  what: "an optimizer",
  methods: {
    initialState: { check: (state) => tensorsByName(state, "its state") },
    step: {
      check: (result, parameters, _gradients, state) =>
        firstWrong(
          () => objectWith(result, "{ parameters, state }"),
          () => tensorsLike(result.parameters, parameters, "parameters"),
          () => tensorsLike(result.state, state, "a state"),
        ),
    },
  },
  fields: { learningRate: field(isNumber, "a number") },
};

export const scheduleGuard: Guard<Schedule> = {
  what: "a schedule",
  methods: {
    factor: {
      check: (factor) => (Number.isFinite(factor) ? null : { gave: `gave ${shown(factor)}`, expected: "a finite number" }),
    },
  },
};
