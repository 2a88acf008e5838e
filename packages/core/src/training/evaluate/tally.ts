import type { ItemOutline, Preferred } from "../../kinds.ts";
import { comparable, isQuestion } from "../../items/question.ts";
import { itemRecord } from "./item-record.ts";
import type { ItemRecord } from "./item-record.ts";
import type { RuleOutcomes } from "../score.ts";
import { rightChoice, votedAccuracy } from "./votes.ts";
import type { Answered, Choice } from "./votes.ts";

export interface Group {
  readonly items: number;
  /** Mean over items and samples. */
  readonly accuracy: number;
}

export interface Position extends Group {
  readonly chosen: number;
}

export interface Tally {
  /** Mean over items of the share of right samples. */
  readonly accuracy: number;
  /** Standard error over items. */
  readonly accuracyStandardError: number;
  /**
   * ACC+ (MME, arXiv 2306.13394v5, § 2.2): how often all items of a group are answered rightly, the mean over groups of the product of their items' shares,
   * since items are sampled independently. Absent where no items belong together.
   */
  readonly accuracyPlus?: number;
  /** Accuracy of the majority of k samples, by k. */
  readonly voting: Readonly<Record<string, number>>;
  readonly byKind: Readonly<Record<string, Group>>;
  /** kind → true answer → accuracy, and the share of the kind's samples that gave this answer, or chose a response saying it. */
  readonly byAnswer: Readonly<Record<string, Readonly<Record<string, Group & { readonly said: number }>>>>;
  /** By which response is the better one, with the share of samples that chose each; tie where items have ties. Empty where no item compares anything. */
  readonly byPreferred: Readonly<Partial<Record<"1" | "2" | "tie", Position>>>;
  /** Share of samples without a readable choice (counted as wrong). */
  readonly unreadable: number;
  /** Accuracy of each item, in order: for paired comparisons. */
  readonly perItem: readonly number[];
  /** Of each item's samples, how many chose the better response and how many the other: for calibration. What is left was unreadable. */
  readonly votesPerItem: readonly (readonly [right: number, wrong: number])[];
  /** What else is known of each item. */
  readonly byItem: ItemRecord;
}

/** `rules`: their outcomes, all samples of the first item before those of the second. */
export function tally(given: readonly Answered[], voting: readonly number[], rules: RuleOutcomes = {}): Tally {
  // Where no item is a tie, "tie" is not among the answers: it is unreadable like any other word.
  const answered = hasTies(given) ? given : given.map(withoutTies);
  const perItem = answered.map(({ item, choices }) => mean(choices.map((choice) => Number(choice === rightChoice(item)))));
  const accuracy = mean(perItem);
  const variance =
    answered.length < 2 ? 0 : perItem.reduce((sum, value) => sum + (value - accuracy) ** 2, 0) / (answered.length - 1);
  const choices = answered.flatMap((one) => one.choices);
  const group = (chosen: (item: ItemOutline) => boolean): Group => {
    const values = perItem.filter((_, index) => chosen(answered[index]!.item));
    return { items: values.length, accuracy: mean(values) };
  };
  const kinds = distinct(answered.map(({ item }) => item.kind));
  const comparing = answered.filter(({ item }) => !isQuestion(item));
  const position = (preferred: Preferred): Position => ({
    ...group((item) => !isQuestion(item) && item.preferred === preferred),
    chosen: mean(comparing.flatMap((one) => one.choices.map((choice) => Number(choice === preferred)))),
  });
  const accuracyPlus = allRight(answered, perItem);
  return {
    accuracy,
    accuracyStandardError: Math.sqrt(variance / Math.max(1, answered.length)),
    ...(accuracyPlus === null ? {} : { accuracyPlus }),
    voting: Object.fromEntries(voting.map((size) => [String(size), mean(answered.map((one) => votedAccuracy(one, size)))])),
    byKind: Object.fromEntries(kinds.map((kind) => [kind, group((item) => item.kind === kind)])),
    byAnswer: Object.fromEntries(
      kinds.map((kind) => {
        const ofKind = answered.filter(({ item }) => item.kind === kind);
        const answers = distinct(ofKind.map(({ item }) => item.answer));
        const saying = (answer: string) =>
          mean(ofKind.flatMap((one) => one.choices.map((choice) => Number(says(one.item, choice, answer)))));
        const ofAnswer = (answer: string) => ({
          ...group((item) => item.kind === kind && item.answer === answer),
          said: saying(answer),
        });
        return [kind, Object.fromEntries(answers.map((answer) => [answer, ofAnswer(answer)]))];
      }),
    ),
    byPreferred:
      comparing.length === 0 && answered.length > 0
        ? {}
        : { "1": position(1), "2": position(2), ...(hasTies(answered) ? { tie: position("tie") } : {}) },
    unreadable: mean(choices.map((choice) => Number(choice === null))),
    perItem,
    votesPerItem: answered.map((one) => {
      const right = one.choices.filter((choice) => choice === rightChoice(one.item)).length;
      return [right, one.choices.filter((choice) => choice !== null).length - right];
    }),
    byItem: itemRecord(answered, voting, rules),
  };
}

const withoutTies = (one: Answered): Answered =>
  isQuestion(one.item) ? one : { ...one, choices: one.choices.map((choice) => (choice === "tie" ? null : choice)) };
const hasTies = (answered: readonly Answered[]) => answered.some(({ item }) => !isQuestion(item) && item.preferred === "tie");

function says(item: ItemOutline, choice: Choice, answer: string): boolean {
  if (isQuestion(item)) return choice === comparable(answer);
  return typeof choice === "number" && item.responses[choice - 1] === answer;
}

function allRight(answered: readonly Answered[], perItem: readonly number[]): number | null {
  const products = new Map<string, number>();
  answered.forEach(({ item: { group } }, index) => {
    const name = group === undefined ? `item ${index}` : `group ${group}`;
    products.set(name, (products.get(name) ?? 1) * perItem[index]!);
  });
  return products.size === answered.length ? null : mean([...products.values()]);
}

const mean = (values: readonly number[]) => (values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length);
const distinct = (values: readonly (string | undefined)[]) => [...new Set(values.filter((value) => value !== undefined))].sort();
