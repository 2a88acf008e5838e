/** What a package can be made of: a line each, as a person who chooses reads it. Each has a folder in templates/kinds. */
export const kinds = {
  advantage: "a step from scores to advantages: a baseline, a scale, a filter",
  algorithm: "a named choice of components and their options, as a paper has it",
} as const;
export type PluginKind = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as PluginKind[];

/** What the package is written in. */
export const languages = { ts: "TypeScript", js: "JavaScript" } as const;
export type Language = keyof typeof languages;
