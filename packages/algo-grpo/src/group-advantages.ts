/**
 * The advantage that GRPO and its successors share, A_it = (R_i − mean) / (σ + ε) over the group, as each source makes it. They disagree on ε,
 * on a response that is alone in its group, and on whether the response itself counts in mean and σ.
 */
const normalised = (options: object) => [{ use: "group-normalise", deviation: "unbiased", ...options }, "spread"];

export const groupAdvantages = {
  // no paper says which ε: verl's. Nor what a group of one gets: where there is nothing else, it is refused
  paper: normalised({ epsilon: 1e-6 }),
  trl: normalised({ epsilon: 1e-4, singleton: "zero", nanScores: "left-out" }),
  verl: normalised({ epsilon: 1e-6, singleton: "score" }),
  nemo: normalised({ epsilon: 1e-6, singleton: "zero", leaveOneOut: true }),
  nemoDapo: normalised({ epsilon: 1e-6, singleton: "zero" }), // its recipe leaves nothing out of mean and σ
  // clipped to ±10 after normalising, then the return of every token, since its KL is in the reward
  openrlhf: [
    { use: "group-normalise", deviation: "unbiased", epsilon: 1e-9, singleton: "zero" },
    { use: "score-clip", low: -10, high: 10 },
    { use: "discounted-return", gamma: 1 },
  ],
};
