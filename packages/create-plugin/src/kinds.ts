/** What a package can be made of: a line each, as a person who chooses reads it. Each has a folder in templates/kinds. */
export const kinds = {
  advantage: "a step from scores to advantages: a baseline, a scale, a filter",
  ratio: "how the importance ratio π/π_old is formed",
  surrogate: "the loss of a token from its ratio and its advantage, e.g. a clip",
  correction: "weights of the tokens' losses for what sampler and trainer disagree on",
  mask: "which tokens train, by their entropies",
  aggregate: "one number from the losses of the tokens, e.g. a mean",
  kl: "an estimator of the KL from the reference policy",
  reward: "a rule that scores responses",
  sampler: "which responses train, and with which scores",
  schedule: "a factor on the learning rate, over the steps",
  optimizer: "a step of the parameters from their gradient",
  stage: "a part of the pipeline: it trains, measures or prepares",
  dataset: "items of data, by split and place",
  algorithm: "a named choice of components and their options, as a paper has it",
} as const;
export type PluginKind = keyof typeof kinds;
/** The names of all kinds, in the order in which they are listed. */
export const kindNames = Object.keys(kinds) as PluginKind[];

/** What the package is written in. */
export const languages = { ts: "TypeScript", js: "JavaScript" } as const;
export type Language = keyof typeof languages;
