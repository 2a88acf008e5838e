import { InputError } from "@rewardlab/core";
import { randomStream } from "@rewardlab/statistics/random";
import { JsonLines, lockFolder, makeFolder, readJsonObject, RunError, sha256, writeJson } from "@rewardlab/storage";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Order } from "./judged.ts";
import type { Pair, Picture } from "./pair.ts";
import { readRows } from "./rows.ts";
import { verdictIn } from "./verdict.ts";

/** Two responses in the order in which a judge is shown them. */
export interface Asked {
  readonly question: string;
  readonly responses: readonly [string, string];
  readonly pictures: readonly Picture[];
}

/** Whoever says which of two responses is better. */
export interface Judge {
  /** What its words depend on: written beside them, and compared when a judging goes on. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** How many it is asked at a time. */
  readonly batch: number;
  /** Its words for each that was asked, or why there are none of one; throws where none can be had of anybody. */
  judge(asked: readonly Asked[]): Promise<readonly (string | Error)[]>;
}

/** In which orders a pair is shown: the preferred response first, as a seed draws it, or both ways. */
export type Orders = "chosen-first" | "seeded" | "both";

export interface Judging {
  readonly benchmark: string;
  readonly data: string;
  readonly pairs: readonly Pair[];
  readonly orders: Orders;
  readonly seed: number;
  readonly folder: string;
  /** Called after each batch with the judgements made since the start, and how many there were to make. */
  readonly progress: (done: number, all: number) => void;
}

/** The file in a judging's folder that holds the predictions. */
const PREDICTIONS = "predictions.jsonl";
const SETTINGS = "judging.json";

/**
 * Asks a judge about every pair in the orders wanted, and writes each answer as a row of predictions in the benchmark's form, with `order`, `choice` (1 or 2 as
 * shown, or null) and `words`. What is there already is kept: a judging that was killed goes on. Gives the file of predictions. Throws `InputError`, RL_BENCHMARK,
 * where what is there was made with other settings; `RunError`, RL_JUDGING, where some pairs got no answer: the others' are kept, and a further
 * judging asks for what is missing.
 */
export async function judgePairs(
  judge: Judge,
  { benchmark, data, pairs, orders, seed, folder, progress }: Judging,
): Promise<string> {
  makeFolder(folder);
  const unlock = lockFolder(folder);
  try {
    const settings = { benchmark, data: sha256(readFileSync(data)), orders, seed, ...judge.settings };
    checkSettings(folder, settings);
    const path = join(folder, PREDICTIONS);
    const tasks = tasksOf(pairs, orders, seed);
    const known = wholeLines(path);
    const done = new Set(known.lines.map(({ nth, order }) => `${String(nth)} ${String(order)}`));
    const left = tasks.filter(({ nth, order }) => !done.has(`${nth} ${order}`));
    const lines = new JsonLines(path, known.bytes);
    const missing: string[] = [];
    try {
      for (let start = 0; start < left.length; start += judge.batch) {
        const batch = left.slice(start, start + judge.batch);
        const words = await judge.judge(batch.map(asked));
        for (const [index, task] of batch.entries()) {
          const said = words[index]!;
          if (typeof said === "string") lines.append(prediction(task, said));
          else missing.push(said.message);
        }
        lines.sync();
        progress(start + batch.length, left.length);
      }
    } finally {
      lines.close();
    }
    if (missing.length > 0)
      throw new RunError(
        "RL_JUDGING",
        `${missing.length} of ${left.length} judgements have no answer, the others are in ${path}: the same command again asks for what is missing. The first: ${missing[0]}`,
      );
    return path;
  } finally {
    unlock();
  }
}

interface Task {
  readonly pair: Pair;
  /** Which pair of the data. */
  readonly nth: number;
  readonly order: Order;
}

function tasksOf(pairs: readonly Pair[], orders: Orders, seed: number): Task[] {
  return pairs.flatMap((pair, nth) => {
    const drawn = (): Order => (randomStream(seed, `order/${nth}`).uniform() < 0.5 ? "chosen-first" : "chosen-second");
    const wanted: Order[] =
      orders === "both" ? ["chosen-first", "chosen-second"] : [orders === "seeded" ? drawn() : "chosen-first"];
    return wanted.map((order) => ({ pair, nth, order }));
  });
}

const asked = ({ pair, order }: Task): Asked => ({
  question: pair.question,
  pictures: pair.pictures,
  responses: order === "chosen-first" ? [pair.chosen, pair.rejected] : [pair.rejected, pair.chosen],
});

/** A row in the benchmark's form. No verdict is worth [0, 0]: neither is preferred. */
function prediction({ pair, nth, order }: Task, words: string): Record<string, unknown> {
  const choice = verdictIn(words);
  const prefers = choice === null ? null : (choice === 1) === (order === "chosen-first");
  return { ...pair.keep, nth, order, choice, rewards: prefers === null ? [0, 0] : prefers ? [1, 0] : [0, 1], words };
}

function checkSettings(folder: string, settings: Readonly<Record<string, unknown>>): void {
  const path = join(folder, SETTINGS);
  const before = readJsonObject(path, `Remove ${folder} to judge anew.`);
  const now = JSON.parse(JSON.stringify(settings)) as Record<string, unknown>;
  if (before === undefined) return writeJson(path, now);
  const differ = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (name) => JSON.stringify((before as Record<string, unknown>)[name]) !== JSON.stringify(now[name]),
  );
  if (differ.length === 0) return;
  const told = differ.map(
    (name) => `${name} (${shown((before as Record<string, unknown>)[name])} there, ${shown(now[name])} now)`,
  );
  throw new InputError(
    "RL_BENCHMARK",
    `${folder}: was judged with another ${told.join(", ")}. Name another folder with --out, or remove this one to judge anew.`,
  );
}

const shown = (value: unknown) => (JSON.stringify(value) ?? "nothing").slice(0, 40);

/** The lines of a file up to the last whole one, and where that ends. */
function wholeLines(path: string): { readonly lines: readonly Record<string, unknown>[]; readonly bytes: number } {
  const text = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  const bytes = text.lastIndexOf(10) + 1;
  return { lines: bytes === 0 ? [] : readRows(path, bytes).map(({ row }) => row), bytes };
}
