import "@rewardlab/core/steady-heap"; // as in `rewardlab run`
import { randomStream } from "@rewardlab/core";
import dataPlugin from "@rewardlab/data";
import type { Dataset, PreferenceItem } from "@rewardlab/core";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";

/** A start on a dataset, and batches of it, in a process of its own. Tells what it saw as a JSON object in a line after "@@". */
export interface Task {
  readonly file: string;
  /** The cache folder: what is remembered from start to start. */
  readonly cache: string;
  readonly pictures: "decode" | "head";
  /** Batches that are used after the start, in a shuffled order, and the items of one. */
  readonly batches: number;
  readonly batch: number;
  /** For so long the thread computes with each batch, as a trainer's does. */
  readonly busyMs: number;
}

export interface Seen {
  readonly rows: number;
  readonly hash: string;
  /** From the start of the process until everything is imported, the hash known, the split open, and the first batch there. */
  readonly imported: Took;
  readonly hashed: Took;
  readonly opened: Took;
  readonly firstBatch: Took;
  /** For each batch after the first, in seconds; of the thread, so with busyMs. */
  readonly batchSeconds: readonly number[];
  /** Resident memory in MiB: with everything imported and nothing read; then the most until the first batch, and after. */
  readonly base: number;
  readonly mostAtStart: number;
  readonly mostInUse: number;
  /** Of the pixels of all batches: what is the same in every start. */
  readonly checksum: string;
}

/** By the clock, and of all threads: on a busy machine the first says little. */
export interface Took {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const task = JSON.parse(process.argv[2]!) as Task;
const started = performance.timeOrigin;
const since = (): Took => {
  const { user, system } = process.cpuUsage();
  return { seconds: (Date.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
};
/** The most that was resident since the last call, and from now on anew (Linux). */
function resident(): { now: number; most: number } {
  const status = readFileSync("/proc/self/status", "latin1");
  const kib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024;
  return { now: kib("VmRSS"), most: kib("VmHWM") };
}

const jsonl = dataPlugin.components!.find(({ name }) => name === "jsonl")!;
const options = (jsonl as { options: { parse(value: unknown): object } }).options.parse({
  train: task.file,
  pictures: task.pictures,
});
const silent = { update: () => {}, note: (message: string) => console.error(message) };
const data = (jsonl as unknown as { create(options: object, injected: object): Dataset }).create(options, {
  files: { folder: dirname(task.file), cache: task.cache },
  progress: silent,
});
const base = resident().now;
const imported = since();
const { hash } = data;
const hashed = since();
const split = await data.open("train");
const opened = since();
const order = randomStream(1, "order").shuffle(Array.from({ length: split.length }, (_, index) => index));
const indicesOf = (batch: number) => order.slice(batch * task.batch, (batch + 1) * task.batch);
let checksum = 0;
const use = (items: readonly PreferenceItem[]) => {
  for (const { images } of items)
    for (const { pixels } of images)
      for (let at = 0; at < pixels.data.length; at += 997) checksum = (checksum * 31 + pixels.data[at]!) >>> 0;
};
use(await Promise.all(indicesOf(0).map((index) => split.item(index))));
const firstBatch = since();
const mostAtStart = resident().most;
const batchSeconds: number[] = [];
let mostInUse = resident().now;
for (let batch = 1; batch <= task.batches; batch++) {
  const began = performance.now();
  (split as { prefetch?(indices: readonly number[]): void }).prefetch?.(indicesOf(batch + 1));
  const items = await Promise.all(indicesOf(batch).map((index) => split.item(index)));
  use(items);
  const until = performance.now() + task.busyMs;
  while (performance.now() < until) checksum >>>= 0;
  await new Promise((resolve) => setImmediate(resolve));
  batchSeconds.push((performance.now() - began) / 1000);
  mostInUse = Math.max(mostInUse, resident().now);
}
const seen: Seen = {
  rows: split.length,
  hash,
  imported,
  hashed,
  opened,
  firstBatch,
  batchSeconds,
  base,
  mostAtStart,
  mostInUse,
  checksum: checksum.toString(16),
};
process.stdout.write(`@@${JSON.stringify(seen)}\n`);
