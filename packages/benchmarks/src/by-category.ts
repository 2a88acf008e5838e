import type { Figure, Figures } from "./benchmark.ts";
import type { Judged } from "./judged.ts";
import { accuracyInterval, accuracyOf } from "./score.ts";

/** Overall accuracy, the mean over categories, and each category's. `categories`: those that the mean is over, those without a pair as 0. */
export function accuracies(judged: readonly Judged[], categories: readonly string[], seed: number): Figures {
  const parts = categories.map((name) => judged.filter(({ category }) => category === name));
  const overall = line("overall", accuracyOf(judged), [judged], seed);
  const macro = line("macro", parts.reduce((sum, part) => sum + accuracyOf(part), 0) / parts.length, parts, seed);
  const each = categories.map((name, index) => line(name, accuracyOf(parts[index]!), [parts[index]!], seed));
  return {
    values: {
      overall: overall.value,
      macro: macro.value,
      categories: Object.fromEntries(each.map(({ name, value, count }) => [name, { accuracy: value, count }])),
    },
    lines: [overall, macro, ...each],
  };
}

function line(name: string, value: number, parts: readonly (readonly Judged[])[], seed: number): Figure {
  const count = parts.reduce((sum, { length }) => sum + length, 0);
  return { name, value, interval: accuracyInterval(parts, seed), count };
}

/** The categories that pairs have, each once, in the order of their first pair. */
export const categoriesOf = (judged: readonly Judged[]): string[] => [
  ...new Set(judged.flatMap(({ category }) => (category === null ? [] : [category]))),
];
