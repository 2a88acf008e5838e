import { InputError } from "@rewardlab/core";
import { dividedRows, nestedShare, type SharedBy, type Tied } from "./parts.ts";

/** What of a row decides which split it is in. */
export interface RowOutline extends Tied {
  readonly split: string;
  readonly kind?: string;
  readonly isTie: boolean;
}

/** How rows are divided and changed for a study. */
export interface ViewOptions {
  /** Shares of train that become splits of their own, by name. */
  readonly shares: Readonly<Record<string, number>>;
  readonly by: SharedBy;
  readonly splitSeed: number;
  /** Kinds that are asked only in the split heldOut. */
  readonly heldOut: readonly string[];
  /** The share of train that is used, and of it the share whose preference is turned round. */
  readonly fraction?: number;
  readonly labelNoise?: number;
  readonly seed: number;
}

/** A split's items: places of prepared rows, and which of these rows' preferences are turned round. */
export interface View {
  readonly rows: Int32Array;
  readonly flipped: ReadonlySet<number>;
}

/** Whether the rows must be looked at to know which split each is in. */
export const dividesRows = ({ shares, heldOut, fraction, labelNoise }: ViewOptions): boolean =>
  Object.keys(shares).length > 0 || heldOut.length > 0 || fraction !== undefined || labelNoise !== undefined;

/** The splits of prepared rows; `usable`: false for a row that is left out. Throws `InputError` where a split would be empty. */
export function viewsOf(rows: readonly RowOutline[], usable: (row: number) => boolean, options: ViewOptions): Map<string, View> {
  const held = new Set(options.heldOut);
  const places = new Map<string, number[]>();
  const put = (split: string, row: number) => void (places.get(split)?.push(row) ?? places.set(split, [row]));
  rows.forEach(({ split, kind }, row) => {
    if (usable(row)) put(kind !== undefined && held.has(kind) ? "heldOut" : split, row);
  });
  const train = places.get("train") ?? [];
  const names = Object.keys(options.shares);
  if (names.length > 0) {
    const parts = dividedRows(
      train.map((row) => rows[row]!),
      Object.values(options.shares),
      options.by,
      options.splitSeed,
    );
    [...names, "train"].forEach((name, part) =>
      places.set(
        name,
        parts[part]!.map((at) => train[at]!),
      ),
    );
  }
  for (const name of [...names, ...(held.size > 0 ? ["heldOut"] : []), "train"])
    if ((places.get(name)?.length ?? (name === "train" ? 1 : 0)) === 0)
      throw new InputError("RL_DATASET", emptySplit(name, options, rows.length));
  return new Map(
    [...places].map(([split, all]) => {
      if (split !== "train") return [split, { rows: Int32Array.from(all), flipped: new Set() }];
      const idOf = (row: number) => rows[row]!.id;
      const used =
        options.fraction === undefined
          ? all
          : nestedShare(all.map(idOf), options.fraction, options.seed, "fraction").map((at) => all[at]!);
      const labelled = used.filter((row) => !rows[row]!.isTie);
      const flipped = nestedShare(labelled.map(idOf), options.labelNoise ?? 0, options.seed, "labelNoise").map(
        (at) => labelled[at]!,
      );
      if (used.length === 0)
        throw new InputError("RL_DATASET", `fraction is ${options.fraction}, of ${all.length} items none is left`);
      return [split, { rows: Int32Array.from(used), flipped: new Set(flipped) }];
    }),
  );
}

function emptySplit(name: string, { shares, by, heldOut }: ViewOptions, count: number): string {
  if (name === "heldOut") return `heldOut is ${heldOut.join(", ")}, which no item is of; expected kinds that the data have`;
  if (name === "train") return `split, heldOut and broken rows leave no item in train`;
  const why =
    by === "row"
      ? "are too few"
      : `are too few, or ${by === "picture" ? "one picture or group joins" : "one group joins"} nearly all of them`;
  return `split.${name} is ${shares[name]}, and no item came into it: the ${count} rows ${why}`;
}
