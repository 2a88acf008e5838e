import { InputError, suggestion } from "@rewardlab/core";
import { cellDifferences, labelOf, loadExperiment } from "@rewardlab/core/host";
import type { Cell, Difference, Experiment } from "@rewardlab/core/host";
import { existsSync } from "node:fs";
import pc from "picocolors";
import { registryFor } from "../plugins.ts";
import { textTable } from "../table.ts";

interface DiffOptions {
  readonly json?: boolean;
}

/** Says which terms of two experiments differ, cell by cell. */
export async function diff(a: string, b: string, options: DiffOptions): Promise<void> {
  const [one, other] = [await sideOf(a), await sideOf(b)];
  const { pairs, onlyA, onlyB } = pairCells(one, other);
  const result = {
    a,
    b,
    cells: pairs.map(([left, right]) => ({ a: left.name, b: right.name, differences: cellDifferences(left, right) })),
    onlyInA: onlyA.map(({ name }) => name),
    onlyInB: onlyB.map(({ name }) => name),
    seeds:
      one.cell || other.cell || same(one.experiment.seeds, other.experiment.seeds)
        ? null
        : { a: one.experiment.seeds, b: other.experiment.seeds },
  };
  if (options.json) console.log(JSON.stringify(result, null, 2));
  else print(result);
}

interface Side {
  readonly text: string;
  readonly experiment: Experiment;
  /** Where one is named. */
  readonly cell: Cell | null;
}

/** `file` or `file#cell`. */
async function sideOf(text: string): Promise<Side> {
  const [file, name] = splitName(text);
  const experiment = await loadExperiment(file, { registryFor });
  if (name === null) return { text, experiment, cell: null };
  const names = experiment.cells.map((cell) => cell.name);
  const cell = experiment.cells.find((one) => one.name === name);
  if (cell === undefined) throw new InputError("RL_CELL", `diff: ${file} has no cell "${name}".${suggestion(name, names)}`);
  return { text, experiment, cell };
}

/** A # may stand in a file's name, and in a cell's. */
function splitName(text: string): [file: string, cell: string | null] {
  if (!text.includes("#") || existsSync(text)) return [text, null];
  const marks = [...text.matchAll(/#/g)].map(({ index }) => index);
  const mark = marks.find((at) => existsSync(text.slice(0, at))) ?? marks[0]!;
  return [text.slice(0, mark), text.slice(mark + 1)];
}

/** Named cells with one another; where neither side names one, cells of one name, or the only ones. */
function pairCells(one: Side, other: Side): { pairs: [Cell, Cell][]; onlyA: Cell[]; onlyB: Cell[] } {
  const [left, right] = [one.experiment.cells, other.experiment.cells];
  if (one.cell || other.cell || (left.length === 1 && right.length === 1))
    return { pairs: [[one.cell ?? onlyCell(one), other.cell ?? onlyCell(other)]], onlyA: [], onlyB: [] };
  const partner = (cell: Cell, of: readonly Cell[]) => of.find(({ name }) => name === cell.name);
  return {
    pairs: left.flatMap((cell): [Cell, Cell][] => {
      const met = partner(cell, right);
      return met ? [[cell, met]] : [];
    }),
    onlyA: left.filter((cell) => !partner(cell, right)),
    onlyB: right.filter((cell) => !partner(cell, left)),
  };
}

function onlyCell({ text, experiment: { cells } }: Side): Cell {
  if (cells.length === 1) return cells[0]!;
  throw new InputError(
    "RL_CELL",
    `diff: ${text} has ${cells.length} cells, expected one of them: ${cells
      .slice(0, 8)
      .map(({ name }) => `"${text}#${name}"`)
      .join(", ")}${cells.length > 8 ? ", …" : ""}`,
  );
}

const same = (a: readonly number[], b: readonly number[]) => JSON.stringify(a) === JSON.stringify(b);

interface Result {
  readonly a: string;
  readonly b: string;
  readonly cells: readonly { readonly a: string; readonly b: string; readonly differences: readonly Difference[] }[];
  readonly onlyInA: readonly string[];
  readonly onlyInB: readonly string[];
  readonly seeds: { readonly a: readonly number[]; readonly b: readonly number[] } | null;
}

function print({ a, b, cells, onlyInA, onlyInB, seeds }: Result): void {
  for (const { a: left, b: right, differences } of cells) {
    const title = left === right ? left : `${left} → ${right}`;
    if (differences.length === 0) console.log(`${pc.bold(title)}: the same`);
    else
      console.log(
        `${pc.bold(title)}\n${textTable(
          ["term", a, b],
          differences.map(({ path, baseline, value, change }) => [
            change === undefined ? path : `${path} (${change})`,
            shown(baseline),
            shown(value),
          ]),
        )}`,
      );
  }
  if (onlyInA.length > 0) console.log(`only in ${a}: ${onlyInA.join(", ")}`);
  if (onlyInB.length > 0) console.log(`only in ${b}: ${onlyInB.join(", ")}`);
  if (seeds) console.log(`seeds: ${seeds.a.join(", ")} → ${seeds.b.join(", ")}`);
}

function shown(value: unknown): string {
  return value === undefined ? "–" : value === null ? "none" : labelOf(value);
}
