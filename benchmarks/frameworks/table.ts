import { TOLERANCES } from "./agreement.ts";
import { baselineOf, outcomes } from "./goals.ts";
import type { Machine } from "./machine.ts";
import type { ConfigResult, Row, TaskResult } from "./measure.ts";
import { median, ratioOf } from "./medians.ts";
import { configNamed } from "./sizes.ts";
import type { RealSizes } from "./real/real-sizes.ts";
import type { BatchSizes } from "./sizes.ts";

export interface Result {
  readonly date: string;
  readonly machine: Machine;
  /** Vectors that the contenders used; results from before 2026-12 don't say. */
  readonly vectors?: string;
  readonly threads: number;
  readonly rounds: number;
  /** Of this repository; null outside of git. */
  readonly commit: string | null;
  readonly versions: Readonly<Record<string, string>>;
  /** A run that was cut down: good for seeing that it works, not for figures. */
  readonly quick: boolean;
  readonly configs: readonly ConfigResult[];
}

const taskNames = {
  update: "Update step",
  generation: "Generation",
  iteration: "Whole iteration",
  load: "Loading the weights",
} as const;

/** The result as a page of tables. */
export function table(result: Result, chart: string): string {
  const { machine, configs } = result;
  const load = configs.flatMap(({ tasks }) => tasks.flatMap((task) => task.load));
  return `${[
    `# RewardLab, PyTorch, TRL and vLLM on the same work, ${result.date}`,
    result.quick ? "A quick run, which shows that everything works: its figures say nothing." : "",
    `${machine.cores} cores (${machine.cpu}${result.vectors === undefined ? "" : `, vectors: ${result.vectors}`}), ${machine.memoryGiB} GiB, ${machine.system}, ${machine.architecture}; ${result.threads} threads for each contender (wasm has one). Load while it ran: ${range(load)} processes wanted a core (median ${round(median(load.length > 0 ? load : [0]))}), the benchmark's own one included${median(load.length > 0 ? load : [0]) > BUSY * result.threads ? ": **others were at work**, so times are too long, and ratios are what to look at" : ""}.`,
    `Medians over ${result.rounds} interleaved rounds, smallest–largest in brackets${result.commit === null ? "" : `; RewardLab at ${result.commit}`}. How to read it: [README.md](../README.md).`,
    `![Median times](${chart})`,
    ...goalsTable(result),
    ...overheadTable(configs),
    ...memoryTable(configs),
    ...configs.flatMap(configTables),
    "## Versions",
    versionList(result.versions),
  ]
    .filter((part) => part !== "")
    .join("\n\n")}\n`;
}

function goalsTable({ configs, threads, vectors }: Result): string[] {
  const rows = outcomes(configs, vectors).map(
    ({ config, task, against, atLeast, start, ours, peer, contender, ratio, reached, load }) => [
      `${config}, ${start ? "start to first iteration" : task}`,
      against === peer ? peer : `${against} (${peer})`,
      `${contender} (${ours})`,
      `≥ ${atLeast}`,
      `**${round(ratio.ofMedians)}** (${round(ratio.lowest)}–${round(ratio.highest)})`,
      round(ratio.ofSmallest),
      `${reached ? "yes" : "no"}${load > BUSY * threads ? `, at load ${load.toFixed(0)}` : ""}`,
    ],
  );
  if (rows.length === 0) return [];
  return [
    "## Goals",
    "The peer's time over that of our fastest, as ratio of medians; in brackets the smallest and largest ratio within a round. “Of smallest”: the peer's shortest time over our shortest. What is reached at a load is reached for that load only: it has to be measured again on a quiet machine.",
    markdown(["what", "against", "ours", "goal", "ratio", "of smallest", "reached"], rows),
  ];
}

/** The trainer's own share of an iteration. */
function overheadTable(configs: readonly ConfigResult[]): string[] {
  const rows = configs.flatMap(({ config, tasks }) =>
    tasks.flatMap((task) =>
      task.rows
        .filter(({ steady }) => steady.length > 0)
        .map(({ contender, steady }) => {
          const shares = steady.map(({ ms, overhead }) => overhead! / ms!);
          const share = median(shares);
          const between = `${percent(Math.min(...shares))}–${percent(Math.max(...shares))}`;
          return [`${config}, ${contender}`, `**${percent(share)}** (${between})`, share <= mostOverhead(config) ? "yes" : "no"];
        }),
    ),
  );
  if (rows.length === 0) return [];
  return [
    `The trainer's own share of an iteration, all but engine time (rewards, metrics and samples are in it), in a run without pauses after the rounds; at most ${percent(MOST_OVERHEAD)} is the goal, on the tiny VLM ${percent(mostOverhead("vlm"))}:`,
    markdown(["", "overhead", "reached"], rows),
  ];
}

/** The peak of an update that is compiled as a graph, against PyTorch's, as the goals have it. */
const MOST_MEMORY: Readonly<Record<string, number>> = { iii: 1.3, smollm2: 1.1, smolvlm: 1.1 };

function memoryTable(configs: readonly ConfigResult[]): string[] {
  const rows = configs.flatMap(({ config, tasks }) => {
    const update = tasks.find(({ task }) => task === "update");
    const peakOf = (...names: string[]) => update?.rows.find(({ contender }) => names.includes(contender))?.peakBytes ?? null;
    const [peer, ours] = [peakOf("torch eager", "peft"), peakOf("tensorflow graph", "hf tensorflow")];
    if (peer === null || ours === null) return [];
    const most = MOST_MEMORY[config];
    const reached = most === undefined ? "–" : `≤ ${most}: ${ours / peer <= most ? "yes" : "no"}`;
    return [[`${config}, update`, gibibytes(peer), gibibytes(ours), `**${round(ours / peer)}**`, reached]];
  });
  if (rows.length === 0) return [];
  return [
    "Peak memory of a process that trains, ours as a graph against PyTorch's (torch eager; on real models Transformers and PEFT):",
    markdown(["", "PyTorch, GiB", "RewardLab, GiB", "ratio", "goal"], rows),
  ];
}

function configTables({ config, agreements, tasks }: ConfigResult): string[] {
  const { decoder, update, rollout, real } = configNamed(config);
  const checks = Object.entries(agreements).map(([contender, { logProbs, gradients, worst, within }]) => [
    contender,
    power(logProbs),
    gradients === null ? "–" : `${power(gradients)} (${worst})`,
    within ? "yes" : "**no**",
  ]);
  return [
    `## Config ${config}`,
    `Width ${decoder.width}, ${decoder.layers} layers, ${decoder.heads} heads (${decoder.kvHeads} of keys and values), feed-forward ${decoder.hiddenSize}, vocabulary ${decoder.vocabulary}${decoder.vision === null ? "" : `; before it a ViT of ${decoder.vision.visionLayers} layer over ${(decoder.vision.imageSize / decoder.vision.patchSize) ** 2} patches`}${real === undefined ? "" : `; ${realWords(real)}`}. Update: ${words(update)}. Rollout: ${words(rollout)}.`,
    ...tasks.flatMap(taskTable),
    ...(checks.length === 0
      ? []
      : [
          `### The same work?`,
          `Against PyTorch eager (or the first below, without it): largest difference of a log-probability (at most ${TOLERANCES.logProbs}), and of a gradient, relative to the largest of its tensor (at most ${TOLERANCES.gradients}).`,
          markdown(["", "log-probabilities", "gradients", "within"], checks),
        ]),
  ];
}

function taskTable(task: TaskResult): string[] {
  const baseline = baselineOf(task);
  if (baseline === undefined) return [`### ${taskNames[task.task]}`, ...failures(task)];
  const withParts = task.task === "iteration";
  const body = task.rows.map((row) => [
    row.contender,
    `**${milliseconds(median(row.ms))}** (${milliseconds(Math.min(...row.ms))}–${milliseconds(Math.max(...row.ms))})`,
    ratioText(baseline, row),
    milliseconds(row.firstMs),
    ...(withParts ? [row.startMs.length === 0 ? "–" : `${round(median(row.startMs) / 1000)}`, partsOf(row)] : []),
    row.peakBytes === null ? "–" : gibibytes(row.peakBytes),
  ]);
  const head = ["", "ms", `${baseline.contender} / this`, "first, ms"];
  return [
    `### ${taskNames[task.task]}`,
    markdown([...head, ...(withParts ? ["start to first, s", "of which, ms"] : []), "peak, GiB"], body),
    ...failures(task),
  ];
}

/** Contenders of the same version together. */
function versionList(versions: Readonly<Record<string, string>>): string {
  const names = new Map<string, string[]>();
  for (const [name, version] of Object.entries(versions)) names.set(version, [...(names.get(version) ?? []), name]);
  return [...names].map(([version, all]) => `- ${all.join(", ")}: ${version}`).join("\n");
}

function failures({ failures: failed }: TaskResult): string[] {
  return failed.length === 0 ? [] : [failed.map(({ contender, reason }) => `- ${contender} is missing: ${reason}`).join("\n")];
}

function ratioText(baseline: Row, row: Row): string {
  const { ofMedians, lowest, highest } = ratioOf(baseline.ms, row.ms);
  return `${round(ofMedians)} (${round(lowest)}–${round(highest)})`;
}

function partsOf({ parts }: Row): string {
  const names = Object.keys(parts[0] ?? {});
  return names.length === 0
    ? "–"
    : names.map((name) => `${name} ${milliseconds(median(parts.map((part) => part[name]!)))}`).join(", ");
}

const realWords = ({ tower, lora }: RealSizes) =>
  `a Hugging Face folder, LoRA of rank ${lora.rank} on all matrices of the decoder${tower === null ? "" : `; a picture a prompt, ${(tower.imageSize / tower.patchSize) ** 2} patches through a tower of width ${tower.width} and ${tower.layers} layers`}`;

const words = ({ prompts, samplesPerPrompt, promptTokens, responseTokens }: BatchSizes) =>
  `${prompts} prompts × ${samplesPerPrompt}, ${promptTokens} + ${responseTokens} tokens`;

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, column) => (column === 0 ? "---" : "---:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

function range(values: readonly number[]): string {
  return values.length === 0 ? "unknown" : `${round(Math.min(...values))}–${round(Math.max(...values))}`;
}

/** Times the threads: a load above it comes from others as well. */
const BUSY = 1.5;
const MOST_OVERHEAD = 0.05;
const mostOverhead = (config: string) => (config === "vlm" ? 0.03 : MOST_OVERHEAD);
const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
const milliseconds = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const gibibytes = (bytes: number) => round(bytes / 2 ** 30);
const round = (value: number) => value.toFixed(2);
const power = (value: number) => (value === Infinity ? "∞" : value.toExponential(1));
