import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { randomStream } from "@rewardlab/core";
import type { RandomStream } from "@rewardlab/core";
import { guardDeclarations } from "./declared.ts";

/** A grid as the cli and the pipeline write it, with made-up numbers, in a folder that goes when the process ends. */
export interface FixtureOptions {
  readonly cells?: readonly FixtureCell[];
  readonly seeds?: readonly number[];
  readonly iterations?: number;
  readonly items?: number;
  readonly description?: string | null;
  readonly name?: string;
  readonly alsoCompare?: readonly string[];
  readonly factors?: readonly { name: string; kind: "component" | "axis"; levels: readonly string[] }[];
}

export interface FixtureCell {
  readonly name: string;
  /** Accuracy after RL; before it is 0.61. */
  readonly accuracy: number;
  /** StableReinforce's guards leave metrics of their own. */
  readonly guards?: boolean;
  readonly against?: string;
  readonly levels?: Readonly<Record<string, string>>;
}

export interface Fixture {
  readonly root: string;
  /** Of a run: cells by index, seeds by index. */
  folder(cell: number, seed: number): string;
}

const made: string[] = [];
process.once("exit", () => {
  for (const root of made) rmSync(root, { recursive: true, force: true });
});

const START = 0.61;
const kinds: Readonly<Record<string, readonly string[]>> = {
  colour: ["blue", "green", "red"],
  count: ["1", "2", "3"],
  existence: ["no", "yes"],
  relation: ["above", "below"],
};

/** A grid's folder as the command writes it, with runs that were never run. It goes when the process ends. */
export function fixtureGrid(options: FixtureOptions = {}): Fixture {
  const cells = options.cells ?? [
    { name: "reinforce++", accuracy: 0.748 },
    { name: "stable-reinforce", accuracy: 0.761, guards: true },
  ];
  const { seeds = [1, 2], iterations = 30, items: itemCount = 240, name = "quickstart" } = options;
  const root = mkdtempSync(join(tmpdir(), "rewardlab-report-"));
  made.push(root);
  const folder = (cell: number, seed: number) => join(root, `cell-${cell}`, `seed-${seeds[seed]}`);
  const items = makeItems(itemCount, join(root, "data", "images"));

  writeJson(join(root, "grid.json"), {
    name,
    description:
      options.description === undefined
        ? "Does RL help a small vision-language judge, and does StableReinforce help more than Reinforce++?\n2 algorithms × 2 seeds, about 5 minutes on 2 cores."
        : options.description,
    file: "experiments/quickstart/quickstart.yaml",
    compare: "evaluate.accuracy",
    alsoCompare: options.alsoCompare ?? [],
    factors: options.factors ?? [],
    seeds,
    cells: cells.map((cell, index) => ({
      name: cell.name,
      baseline: index === 0,
      against: index === 0 ? null : (cell.against ?? cells[0]!.name),
      levels: cell.levels ?? {},
      folder: `cell-${index}`,
      differences: index === 0 ? [] : differences,
    })),
  });
  const before = { name: "before", use: "evaluate", key: hash("before") };
  writeEvaluation(join(root, "artefacts", `before-${before.key.slice(0, 12)}`), items, START, before, randomStream(7, "before"));
  const coldStart = { name: "coldStart", use: "sft", key: hash("coldStart") };
  const coldFolder = join(root, "artefacts", `coldStart-${coldStart.key.slice(0, 12)}`);
  writeJson(join(coldFolder, "artefact.json"), {
    stage: "coldStart",
    key: coldStart.key,
    status: "done",
    results: { steps: 900 },
    model: hash("weights"),
  });

  for (const [cellIndex, cell] of cells.entries())
    for (const [seedIndex, seed] of seeds.entries()) {
      const random = randomStream(seed, cell.name);
      const run = folder(cellIndex, seedIndex);
      const rl = { name: "rl", use: "rl", key: hash(`rl ${cell.name} ${seed}`) };
      const evaluate = { name: "evaluate", use: "evaluate", key: hash(`evaluate ${cell.name} ${seed}`) };
      const evaluated = join(root, "artefacts", `evaluate-${evaluate.key.slice(0, 12)}`);
      const accuracy = cell.accuracy + 0.02 * (random.uniform() - 0.5);
      writeRl(run, items, cell, accuracy, iterations, seed, random);
      writeJson(join(run, "metrics.json"), { rl: guardDeclarations(cell.guards === true) });
      writeJson(join(run, "stage.json"), { stage: "rl", key: rl.key });
      writeEvaluation(evaluated, items, accuracy, evaluate, random);
      writeJson(join(run, "status.json"), { status: "done", reason: null, key: hash("run") });
      writeFileSync(join(run, "experiment.yaml"), settings(iterations, cell));
      writeJson(join(run, "timing.json"), { seconds: 80 + 4 * cellIndex, peakMemory: 3e8, stages: {} });
      writeJson(join(run, "provenance.json"), {
        experiment: name,
        cell: cell.name,
        seed,
        engine: { name: "wasm", detail: "tfjs 4.22.0, 1 thread" },
        node: "v20.19.0",
        platform: "linux-x64",
        plugins: [{ name: "@rewardlab/algo-reinforcepp", version: "0.1.0", integrity: null }],
        data: hash("data"),
        versions: { model: [version("model", "tiny-vlm")], data: [version("dataset", "scenes")] },
        stages: [coldStart, before, rl, evaluate].map((stage) => ({
          ...stage,
          versions: [version("stage", stage.use), ...(stage.use === "sft" ? [] : [version("reward", "think-answer-format")])],
        })),
      });
      const record = (stage: { name: string; key: string }, use: string, results: unknown, own?: string) => ({
        ...stage,
        use,
        folder: own ?? `artefacts/${stage.name}-${stage.key.slice(0, 12)}`,
        status: "done",
        results,
      });
      writeJson(join(run, "results.json"), [
        record(coldStart, "sft", { steps: 900 }),
        record(before, "evaluate", evaluation(items, START, randomStream(7, "before"))),
        record(rl, "rl", {}, `cell-${cellIndex}/seed-${seed}`),
        record(evaluate, "evaluate", evaluation(items, accuracy, randomStream(seed, `tally ${cell.name}`))),
      ]);
    }
  return { root, folder };
}

const version = (kind: string, name: string) => ({ kind, name, version: 1, integrity: null });

function settings(iterations: number, { guards }: FixtureCell): string {
  return `name: quickstart
engine: wasm
model: { use: tiny-vlm }
data: { use: scenes, train: 12000 }
stages:
  - coldStart: { use: sft, seed: 1 }
  - rl:
      use: rl
      iterations: ${iterations}
      rollout: { prompts: 96, samplesPerPrompt: 6, maxNewTokens: 22 }
      loss: { ratio: { use: ${guards ? "pre-clip" : "token"} } }
      update: { epochs: 1, minibatch: 192 }
`;
}

/** Writes JSON with the folders that it takes. */
export function writeJson(path: string, value: unknown): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, JSON.stringify(value));
}

const differences = [
  { path: "stages[2].rl.algorithm", baseline: "reinforce++", value: "stable-reinforce" },
  {
    path: "stages[2].rl.loss.ratio",
    baseline: { use: "token" },
    value: { use: "pre-clip", low: 0.001, high: 1000 },
  },
];

// ---------------------------------------------------------------- items, responses

interface Item {
  readonly id: string;
  readonly kind: string;
  readonly answer: string;
  readonly image: string;
  readonly question: string;
  readonly responses: readonly [string, string];
  readonly preferred: 1 | 2;
}

function makeItems(count: number, folder: string): Item[] {
  mkdirSync(folder, { recursive: true });
  const names = Object.keys(kinds);
  return Array.from({ length: count }, (_, index) => {
    const kind = names[index % names.length]!;
    const answers = kinds[kind]!;
    const answer = answers[Math.floor(index / names.length) % answers.length]!;
    const other = answers[(answers.indexOf(answer) + 1) % answers.length]!;
    const preferred = index % 3 === 0 ? 1 : index % 3 === 1 ? 2 : ((1 + (Math.floor(index / 3) % 2)) as 1 | 2);
    const image = join(folder, `${index}.png`);
    if (index < 40) writeFileSync(image, picture(index));
    const question = {
      colour: "what colour is the shape at b2 ?",
      count: "how many circles are there ?",
      existence: "is there a red square ?",
      relation: "where is the circle from the square ?",
    }[kind]!;
    return {
      id: `test-${index}`,
      kind,
      answer,
      image,
      question,
      responses: preferred === 1 ? [answer, other] : [other, answer],
      preferred,
    };
  });
}

function sampleLine(item: Item, right: boolean, stage: string) {
  const answer = right ? item.preferred : 3 - item.preferred;
  const thought = `i see at b2 red circle . so ${item.responses[answer - 1]} . response ${answer} is better`;
  return {
    stage,
    item: item.id,
    kind: item.kind,
    images: [item.image],
    question: item.question,
    responses: item.responses,
    preferred: item.preferred,
    response: `<think>${thought}</think><answer>${answer}</answer>`,
    thought,
    answer: String(answer),
    rules: { format: 1, accuracy: Number(right), consistency: 1 },
  };
}

/** A 24 × 24 RGB picture: a disc on a dark ground. */
function picture(seed: number): Buffer {
  const size = 24;
  const colour = [
    [220, 60, 50],
    [60, 120, 220],
    [70, 180, 90],
    [230, 190, 60],
  ][seed % 4]!;
  const rows = Array.from({ length: size }, (_, y) => [
    0,
    ...Array.from({ length: size }, (__, x) =>
      (x - 6 - (seed % 12)) ** 2 + (y - 12) ** 2 < 36 ? colour : [28 + (x % 3), 30, 36],
    ).flat(),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.from(rows.flat()))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

// ---------------------------------------------------------------- stages

function evaluation(items: readonly Item[], accuracy: number, random: RandomStream) {
  const ease: Readonly<Record<string, number>> = { colour: 0.1, count: -0.06, existence: 0.02, relation: -0.06 };
  const difficulty = randomStream(7, "difficulty"); // of an item, the same in every evaluation
  const perItem = items.map(({ kind }) => {
    const p = Math.min(0.98, Math.max(0.02, accuracy + ease[kind]! + 0.7 * (difficulty.uniform() - 0.5)));
    return Array.from({ length: 15 }, () => Number(random.uniform() < p)).reduce((a, b) => a + b, 0) / 15;
  });
  const mean = average(perItem);
  const group = (chosen: (item: Item) => boolean) => {
    const values = perItem.filter((_, index) => chosen(items[index]!));
    return { items: values.length, accuracy: average(values) };
  };
  return {
    split: "test",
    items: items.length,
    samples: 15,
    accuracy: mean,
    accuracyStandardError: Math.sqrt(average(perItem.map((value) => (value - mean) ** 2)) / items.length),
    voting: { "1": mean, "5": mean + 0.4 * (0.95 - mean) * 0.5, "15": average(perItem.map((share) => Number(share > 0.5))) },
    byKind: Object.fromEntries(Object.keys(kinds).map((kind) => [kind, group((item) => item.kind === kind)])),
    byAnswer: Object.fromEntries(
      Object.entries(kinds).map(([kind, answers]) => [
        kind,
        Object.fromEntries(answers.map((answer) => [answer, group((item) => item.kind === kind && item.answer === answer)])),
      ]),
    ),
    byPreferred: {
      "1": { ...group((item) => item.preferred === 1), chosen: 0.506 },
      "2": { ...group((item) => item.preferred === 2), chosen: 0.491 },
    },
    unreadable: 0.003,
    perItem,
    votesPerItem: perItem.map((share) => [Math.round(share * 15), 15 - Math.round(share * 15)]),
    rules: { format: 0.997, consistency: 0.94 },
    byItem: {
      items: items.map(({ id }) => id).join(" "),
      kinds: { names: Object.keys(kinds), of: items.map(({ kind }) => Object.keys(kinds).indexOf(kind)).join(" ") },
    },
  };
}

function writeEvaluation(
  folder: string,
  items: readonly Item[],
  accuracy: number,
  stage: { name: string; key: string },
  random: RandomStream,
) {
  const lines = items.slice(0, 24).map((item) => sampleLine(item, random.uniform() < accuracy, stage.name));
  writeJson(join(folder, "artefact.json"), {
    stage: stage.name,
    key: stage.key,
    status: "done",
    results: evaluation(items, accuracy, random),
    model: null,
  });
  writeFileSync(join(folder, "samples.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

function writeRl(
  folder: string,
  items: readonly Item[],
  cell: FixtureCell,
  accuracy: number,
  iterations: number,
  seed: number,
  random: RandomStream,
) {
  mkdirSync(folder, { recursive: true });
  const noise = (size: number) => size * (random.uniform() - 0.5);
  const metrics: unknown[] = [];
  const samples: unknown[] = [];
  for (let iteration = 1; iteration <= iterations; iteration++) {
    const now = accuracy + (START - accuracy) * Math.exp(-iteration / 8) + noise(0.06);
    metrics.push({
      iteration,
      score: 1.5 * now + 0.45 + noise(0.02),
      scoreDeviation: 0.7 + noise(0.05),
      rules: { format: 0.99 + noise(0.01), accuracy: now, consistency: 0.9 + 0.08 * (iteration / iterations) + noise(0.02) },
      invalid: 0,
      responseTokens: 21 + 3 * Math.exp(-iteration / 5) + noise(1),
      loss: noise(0.05),
      gradientNorm: 0.6 + noise(0.3) + (iteration === 9 ? 1.4 : 0),
      learningRate: 5e-4 * Math.min(1, iteration / 5),
      skippedUpdates: 0,
      kl: 0.004 * iteration + noise(0.01),
      largestRatio: 1.3 + noise(0.6),
      largestLogRatio: 0.4 + noise(0.3),
      clipFraction: 0.004 + noise(0.004),
      clipFractionLow: 0.002 + noise(0.002),
      clipFractionHigh: 0.002 + noise(0.002),
      ...(cell.guards
        ? { preClippedFraction: 0, filteredFraction: 0.0012 + noise(0.002), filteredFractionNegative: 0.001 }
        : { clampedFraction: 0 }),
    });
    for (let index = 0; index < 4; index++)
      samples.push({
        iteration,
        ...sampleLine(items[(iteration * 4 + index + seed) % 40]!, random.uniform() < now, "rl"),
        score: Math.round(now * 100) / 100,
      });
  }
  const times = metrics.map((_, index) => ({ stage: "rl", done: index + 1, seconds: 1.2 + noise(0.2) }));
  writeFileSync(join(folder, "times.jsonl"), times.map((line) => `${JSON.stringify(line)}\n`).join(""));
  writeFileSync(join(folder, "metrics.jsonl"), metrics.map((line) => `${JSON.stringify(line)}\n`).join(""));
  writeFileSync(join(folder, "samples.jsonl"), samples.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

/** Looks like a SHA-256. */
function hash(text: string): string {
  return Array.from({ length: 8 }, (_, part) =>
    crc32(Buffer.from(`${part}${text}`))
      .toString(16)
      .padStart(8, "0"),
  ).join("");
}
