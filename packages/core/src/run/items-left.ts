import { InputError, openFile, pieces } from "@rewardlab/storage";
import type { OpenFile } from "@rewardlab/storage";
import { join } from "node:path";
import type { Dataset, ItemOutline, Split } from "../kinds.ts";
import type { Artefact } from "./artefact.ts";

/** An item's own fields; what else a line has goes into `extra`. */
const own: ReadonlySet<string> = new Set(
  "id images question responses preferred thought targets kind answer group place".split(" "),
);

const CODE = "RL_ITEMS_LEFT";
const expected = "the items that a stage left; remove its folder to make them again";

/** The SHA-256 of a file that a stage left. */
export function hashOfFile(path: string): string {
  const file = openFile(path, CODE, expected);
  try {
    return file.sha256();
  } finally {
    file.close();
  }
}

/** The data with one split as a stage left it in its folder. Of the file, where each line begins is kept in memory; a line is read when its item is used. */
export function withItemsLeft(data: Dataset, folder: string, { split, file, sha256 }: NonNullable<Artefact["items"]>): Dataset {
  const path = join(folder, file);
  if (hashOfFile(path) !== sha256)
    throw new InputError(
      CODE,
      `${path}: is not what was written: cut short or changed (its SHA-256 differs from artefact.json's). Remove the folder ${folder} to make it again.`,
    );
  let opened: Promise<Split> | undefined;
  return {
    hash: `${data.hash} ${sha256}`,
    splits: data.splits,
    open: (name) => (name === split ? (opened ??= data.open(name).then((below) => chosenOf(below, path))) : data.open(name)),
  };
}

function chosenOf(below: Split, path: string): Split {
  const starts = lineStarts(path);
  const length = starts.length - 1;
  const lineAt = (index: number): Line => {
    if (!Number.isInteger(index) || index < 0 || index >= length)
      throw new InputError("RL_DATASET_INDEX", `dataset: item ${index} was asked for, expected 0 to ${length - 1}`);
    const bytes = Buffer.alloc(starts[index + 1]! - starts[index]!);
    reading(path, (opened) => opened.read(starts[index]!, bytes));
    return JSON.parse(bytes.toString("utf8")) as Line;
  };
  const withLine = <I extends ItemOutline>(item: I, line: Line): I => {
    if (item.id !== line.id)
      throw new InputError(
        CODE,
        `${path}: has the id ${JSON.stringify(line.id)} for the item at ${line.place}, which is ${JSON.stringify(item.id)}, expected ${expected}`,
      );
    const found = Object.entries(line).filter(([name]) => !own.has(name));
    return {
      ...item,
      ...(line.thought === undefined ? {} : { thought: line.thought }),
      extra: { ...item.extra, ...Object.fromEntries(found) },
    };
  };
  return {
    length,
    async item(index) {
      const line = lineAt(index);
      return withLine(await below.item(line.place), line);
    },
    async outline(index) {
      const line = lineAt(index);
      return withLine(await below.outline(line.place), line);
    },
  };
}

interface Line {
  readonly place: number;
  readonly id: string;
  readonly thought?: string;
}

/** Where each line begins, and the end of the last. */
function lineStarts(path: string): Float64Array {
  const starts = [0];
  reading(path, (file) => {
    for (const { bytes, offset } of pieces(file, 0, file.size))
      for (let at = bytes.indexOf(NEW_LINE); at !== -1; at = bytes.indexOf(NEW_LINE, at + 1)) starts.push(offset + at + 1);
  });
  return Float64Array.from(starts);
}

const NEW_LINE = 0x0a;

function reading(path: string, read: (file: OpenFile) => void): void {
  const file = openFile(path, CODE, expected);
  try {
    read(file);
  } finally {
    file.close();
  }
}
