import type { Reward, RewardOutcome, Sampler } from "../../kinds.ts";
import { shown } from "../guard.ts";
import type { Guard, Wrong } from "../guard.ts";
import { field, firstWrong, isCount, listOf, objectWith } from "./expect.ts";

// What scores and chooses responses, on the host.

/** A rule that gives no number and no reason stops the run: neither ever becomes 0. */
export const rewardGuard: Guard<Reward> = {
  what: "a reward",
  methods: {
    score: {
      check: (outcomes, { responses }) =>
        firstWrong(
          () => (Array.isArray(outcomes) ? listOf(outcomes, responses.length, "outcomes") : notAList(outcomes)),
          () => outcomeProblem(outcomes, responses),
        ),
    },
  },
};

function notAList(outcomes: unknown): Wrong {
  return { gave: `gave ${shown(outcomes)}`, expected: "a list with an outcome for each response" };
}

function outcomeProblem(outcomes: readonly RewardOutcome[], responses: readonly string[]): Wrong | null {
  const wrong = outcomes.findIndex((outcome) => !isOutcome(outcome));
  if (wrong === -1) return null;
  return {
    gave: `gave ${shown(outcomes[wrong])} for response ${wrong} (${JSON.stringify(responses[wrong])})`,
    expected: "a finite number or { invalid: reason }",
  };
}

function isOutcome(outcome: RewardOutcome): boolean {
  return typeof outcome === "object" && outcome !== null ? typeof outcome.invalid === "string" : Number.isFinite(outcome);
}

export const samplerGuard: Guard<Sampler> = {
  what: "a sampler",
  methods: {
    apply: {
      check: (choice, { scores }) =>
        firstWrong(
          () => objectWith(choice, "{ scores, masked, replaced }"),
          () => listOf(choice.scores, scores.length, "scores"),
          () => listOf(choice.masked, scores.length, "masks"),
          () =>
            typeof choice.replaced?.has === "function"
              ? null
              : { gave: `gave ${shown(choice.replaced)} as replaced`, expected: "a Set of group ids" },
        ),
    },
  },
  fields: {
    rounds: field((value): value is number => isCount(value) && value > 0, "a positive integer: 1 where nothing is replaced"),
  },
};
