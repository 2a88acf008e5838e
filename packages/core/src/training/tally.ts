import type { PreferenceItem } from "../kinds.ts";

/** An item with the choices of its sampled responses; null: no readable choice. */
export interface Answered {
  readonly item: PreferenceItem;
  readonly choices: readonly (1 | 2 | null)[];
}

export interface Group {
  readonly items: number;
  /** Mean over items and samples. */
  readonly accuracy: number;
}

export interface Tally {
  /** Mean over items of the share of right samples. */
  readonly accuracy: number;
  /** Standard error over items. */
  readonly accuracyStandardError: number;
  /** Accuracy of the majority of k samples, by k. */
  readonly voting: Readonly<Record<string, number>>;
  readonly byKind: Readonly<Record<string, Group>>;
  /** kind → true answer → accuracy, and the share of the kind's samples that chose a response saying this answer. */
  readonly byAnswer: Readonly<Record<string, Readonly<Record<string, Group & { readonly said: number }>>>>;
  /** By which response is the better one, with the share of samples that chose each. */
  readonly byPreferred: Readonly<Record<"1" | "2", Group & { readonly chosen: number }>>;
  /** Share of samples without a readable choice (counted as wrong). */
  readonly unreadable: number;
  /** Accuracy of each item, in order: for paired comparisons. */
  readonly perItem: readonly number[];
  /** Of each item's samples, how many chose the better response and how many the other: for calibration. What is left was unreadable. */
  readonly votesPerItem: readonly (readonly [right: number, wrong: number])[];
}

export function tally(answered: readonly Answered[], voting: readonly number[]): Tally {
  const perItem = answered.map(({ item, choices }) => mean(choices.map((choice) => Number(choice === item.preferred))));
  const accuracy = mean(perItem);
  const variance =
    answered.length < 2 ? 0 : perItem.reduce((sum, value) => sum + (value - accuracy) ** 2, 0) / (answered.length - 1);
  const choices = answered.flatMap((one) => one.choices);
  const group = (chosen: (item: PreferenceItem) => boolean): Group => {
    const values = perItem.filter((_, index) => chosen(answered[index]!.item));
    return { items: values.length, accuracy: mean(values) };
  };
  const kinds = distinct(answered.map(({ item }) => item.kind));
  const position = (preferred: 1 | 2) => ({
    ...group((item) => item.preferred === preferred),
    chosen: mean(choices.map((choice) => Number(choice === preferred))),
  });
  return {
    accuracy,
    accuracyStandardError: Math.sqrt(variance / Math.max(1, answered.length)),
    voting: Object.fromEntries(voting.map((size) => [String(size), mean(answered.map((one) => votedAccuracy(one, size)))])),
    byKind: Object.fromEntries(kinds.map((kind) => [kind, group((item) => item.kind === kind)])),
    byAnswer: Object.fromEntries(
      kinds.map((kind) => {
        const ofKind = answered.filter(({ item }) => item.kind === kind);
        const answers = distinct(ofKind.map(({ item }) => item.answer));
        const saying = (answer: string) =>
          mean(
            ofKind.flatMap((one) =>
              one.choices.map((choice) => Number(choice !== null && one.item.responses[choice - 1] === answer)),
            ),
          );
        const ofAnswer = (answer: string) => ({
          ...group((item) => item.kind === kind && item.answer === answer),
          said: saying(answer),
        });
        return [kind, Object.fromEntries(answers.map((answer) => [answer, ofAnswer(answer)]))];
      }),
    ),
    byPreferred: { "1": position(1), "2": position(2) },
    unreadable: mean(choices.map((choice) => Number(choice === null))),
    perItem,
    votesPerItem: answered.map((one) => {
      const right = one.choices.filter((choice) => choice === one.item.preferred).length;
      return [right, one.choices.filter((choice) => choice !== null).length - right];
    }),
  };
}

/**
 * Expected accuracy of a majority of `size` samples: the mean over the disjoint runs of `size` among the samples drawn.
 * A tie counts one half (a fair coin decides it), no readable vote at all counts 0.
 */
export function votedAccuracy({ item, choices }: Answered, size: number): number {
  const rounds = Math.floor(choices.length / size);
  return mean(
    Array.from({ length: rounds }, (_, round) => {
      const votes = choices.slice(round * size, (round + 1) * size);
      const right = votes.filter((vote) => vote === item.preferred).length;
      const wrong = votes.filter((vote) => vote !== null && vote !== item.preferred).length;
      return right > wrong ? 1 : right < wrong || right === 0 ? 0 : 0.5;
    }),
  );
}

const mean = (values: readonly number[]) => (values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length);
const distinct = (values: readonly (string | undefined)[]) => [...new Set(values.filter((value) => value !== undefined))].sort();
