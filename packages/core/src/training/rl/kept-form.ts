import type { Rollout } from "../rollout.ts";
import type { RuleOutcomes } from "../score.ts";

/** Responses as plain data, for a component's or stage's `State`: those that train, without pictures, which the data have. */
export interface KeptResponses {
  readonly rollout: Readonly<Record<"groupIds" | "lengths" | "responseIds" | "mask", readonly number[]>> &
    Pick<Rollout, "places" | "texts" | "truncated" | "tokens"> & {
      /** null: none that is finite. */
      readonly logProbs: readonly (number | null)[];
    };
  readonly scored: {
    readonly outcomes: RuleOutcomes;
    /** null: a rule could not tell. */
    readonly scores: readonly (number | null)[];
    readonly plain: readonly (number | null)[];
    readonly masked: readonly boolean[];
    readonly rows: readonly number[];
    readonly invalid: number;
  };
}

/** Responses of an iteration that are still to be trained on, with what the policy gave before a sampler chose; null: the same. */
export interface WaitingResponses {
  readonly trains: KeptResponses;
  readonly sampled: KeptResponses | null;
}
