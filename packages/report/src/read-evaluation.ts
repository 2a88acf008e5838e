import { finiteNumbers, finiteOf, listOf, mapValues, recordOf, textOf } from "./plain.ts";

export interface Group {
  readonly items: number;
  readonly accuracy: number;
}

/** What an evaluate stage measured. Accuracies are shares, 0 to 1. */
export interface Evaluation {
  readonly stage: string;
  readonly split: string | null;
  readonly items: number;
  readonly samples: number | null;
  readonly accuracy: number;
  readonly accuracyStandardError: number | null;
  /** Votes → accuracy of the majority. */
  readonly voting: Readonly<Record<string, number>>;
  readonly byKind: Readonly<Record<string, Group>>;
  /** Kind → true answer → accuracy, and the share of the kind's samples that gave this answer. */
  readonly byAnswer: Readonly<Record<string, Readonly<Record<string, Group & { readonly said?: number }>>>>;
  /** Which response is the better one → accuracy, and the share of samples that chose it. */
  readonly byPreferred: Readonly<Record<string, Group & { readonly chosen: number }>>;
  readonly unreadable: number | null;
  readonly perItem: readonly number[];
  /** Who the items are, in their order; null where that was not kept. */
  readonly itemIds: string | null;
  /** Of each item's samples, how many chose the better response and how many the other; empty where that was not kept. */
  readonly votesPerItem: readonly (readonly [right: number, wrong: number])[];
  /** Rule → its mean. */
  readonly rules: Readonly<Record<string, number>>;
}

/** An evaluate stage's results, or null where they hold no accuracy. */
export function readEvaluation(stage: string, results: unknown): Evaluation | null {
  const source = recordOf(results);
  const accuracy = finiteOf(source.accuracy);
  if (accuracy === null) return null;
  const perItem = listOf(source.perItem).map(finiteOf);
  return {
    stage,
    split: textOf(source.split),
    items: finiteOf(source.items) ?? perItem.length,
    samples: finiteOf(source.samples),
    accuracy,
    accuracyStandardError: finiteOf(source.accuracyStandardError),
    voting: finiteNumbers(source.voting),
    byKind: groupsOf(source.byKind),
    byAnswer: mapValues(recordOf(source.byAnswer), groupsOf),
    byPreferred: mapValues(groupsOf(source.byPreferred), (group) => ({ ...group, chosen: group.chosen ?? 0 })),
    unreadable: finiteOf(source.unreadable),
    perItem: perItem.every((value) => value !== null) ? perItem : [],
    itemIds: textOf(recordOf(source.byItem).items),
    votesPerItem: votesOf(source.votesPerItem),
    rules: finiteNumbers(source.rules),
  };
}

function votesOf(value: unknown): (readonly [number, number])[] {
  const votes = listOf(value).map((pair) => listOf(pair).map(finiteOf));
  const whole = votes.flatMap(([right, wrong]) =>
    typeof right === "number" && typeof wrong === "number" && right >= 0 && wrong >= 0 ? [[right, wrong] as const] : [],
  );
  return whole.length === votes.length ? whole : [];
}

function groupsOf(value: unknown): Readonly<Record<string, Group & { readonly chosen?: number; readonly said?: number }>> {
  const groups = Object.entries(recordOf(value)).flatMap(([name, item]) => {
    const { items, accuracy, chosen, said } = finiteNumbers(item);
    return items === undefined || accuracy === undefined
      ? []
      : [
          [
            name,
            { items, accuracy, ...(chosen === undefined ? {} : { chosen }), ...(said === undefined ? {} : { said }) },
          ] as const,
        ];
  });
  return Object.fromEntries(groups);
}
