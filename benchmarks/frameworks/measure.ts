import { existsSync, mkdirSync } from "node:fs";
import { freemem, loadavg } from "node:os";
import { join } from "node:path";
import { agreement } from "./agreement.ts";
import type { Agreement } from "./agreement.ts";
import { takes } from "./contenders.ts";
import type { Contender } from "./contenders.ts";
import { writeInputs } from "./inputs.ts";
import type { TaskName } from "./messages.ts";
import { configNamed } from "./sizes.ts";
import { readTensors } from "./tensor-file.ts";
import { startWorker } from "./worker-process.ts";
import type { Width } from "./vector-width.ts";
import type { Pythons, WorkerProcess } from "./worker-process.ts";

export interface Plan {
  readonly contenders: readonly Contender[];
  readonly configs: readonly string[];
  readonly tasks: readonly TaskName[];
  /** Counted repetitions. */
  readonly rounds: number;
  /** Repetitions before them, after each contender's first: not counted. */
  readonly warmUp: number;
  /** Starts of a process to the end of its first iteration, for each contender of the task iteration. */
  readonly starts: number;
  readonly threads: number;
  /** Instruction set that all are kept to; null: the machine's widest. */
  readonly width: Width | null;
  readonly pythons: Pythons;
  readonly folder: string;
  readonly say: (line: string) => void;
  /** What is there so far, after every task. */
  readonly save: (results: readonly ConfigResult[]) => void;
}

export interface Row {
  readonly contender: string;
  readonly detail: string;
  /** Of each round. */
  readonly ms: readonly number[];
  readonly firstMs: number;
  /** Of each round, what the contender told of its parts. */
  readonly parts: readonly Readonly<Record<string, number>>[];
  /** The same after the rounds, of a trainer that goes on without a pause; empty for others. */
  readonly steady: readonly Readonly<Record<string, number>>[];
  /** From the start of the process to the end of the first iteration; empty for other tasks. */
  readonly startMs: readonly number[];
  readonly peakBytes: number | null;
}

export interface TaskResult {
  readonly task: TaskName;
  readonly rows: readonly Row[];
  readonly failures: readonly { readonly contender: string; readonly reason: string }[];
  /** Processes that wanted to run, at the beginning of each round; more than the threads: others were at work. */
  readonly load: readonly number[];
}

export interface ConfigResult {
  readonly config: string;
  readonly agreements: Readonly<Record<string, Agreement>>;
  readonly tasks: readonly TaskResult[];
}

/** A contender is left out where less is free: the next one may need 4 GiB, and where memory ends, Linux ends any process it likes. */
const LEAST_FREE = 5 * 2 ** 30;

/** Against whom log-probabilities and gradients are compared; without Python, the first that is there. */
const REFERENCES: ReadonlySet<string> = new Set(["torch eager", "peft"]);

export async function measure(plan: Plan): Promise<ConfigResult[]> {
  mkdirSync(plan.folder, { recursive: true });
  const results: ConfigResult[] = [];
  for (const config of plan.configs) {
    const files = writeInputs(plan.folder, configNamed(config));
    const agreements: Record<string, Agreement> = {};
    const tasks: TaskResult[] = [];
    for (const task of plan.tasks) {
      plan.say(`\n${config}, ${task}`);
      tasks.push(await measureTask(plan, config, task, files));
      if (task === "update") Object.assign(agreements, await compare(plan, config, files));
      plan.save([...results, { config, agreements, tasks }]);
    }
    results.push({ config, agreements, tasks });
  }
  return results;
}

type Files = ReturnType<typeof writeInputs>;

async function measureTask(plan: Plan, config: string, task: TaskName, files: Files): Promise<TaskResult> {
  const failures: { contender: string; reason: string }[] = [];
  const failed = (contender: string, error: unknown) => {
    const reason = (error as Error).message;
    failures.push({ contender, reason });
    plan.say(`  ${contender}: left out: ${reason}`);
  };
  let running: (WorkerProcess & { ms: number[]; parts: Record<string, number>[]; firstMs: number; startMs: number[] })[] = [];
  for (const contender of plan.contenders.filter((one) => takes(one, task, configNamed(config)))) {
    try {
      if (freemem() < LEAST_FREE) throw new Error(`only ${(freemem() / 2 ** 30).toFixed(1)} GiB of memory are free`);
      const startMs: number[] = [];
      const starts = task === "iteration" ? plan.starts : 1;
      for (let start = 1; start < starts; start++) {
        const once = await startedOnce(plan, config, task, files, contender);
        await once.worker.end();
        startMs.push(once.startMs);
      }
      const { worker, first, startMs: last } = await startedOnce(plan, config, task, files, contender);
      if (task === "iteration") startMs.push(last);
      running.push({ ...worker, ms: [], parts: [], firstMs: first, startMs });
      plan.say(`  ${contender.name}: started, first repetition ${Math.round(first)} ms`);
    } catch (error) {
      failed(contender.name, error);
    }
  }
  const load: number[] = [];
  for (let round = -plan.warmUp; round < plan.rounds; round++) {
    if (round >= 0) load.push(loadavg()[0]!);
    for (const one of rotated(running, round)) {
      try {
        const { ms, parts } = await one.go();
        if (round < 0) continue;
        one.ms.push(ms);
        one.parts.push({ ...parts });
      } catch (error) {
        failed(one.contender.name, error);
        running = running.filter((other) => other !== one);
      }
    }
  }
  const rows: Row[] = [];
  for (const one of running) {
    const { contender, detail, ms, firstMs, parts, startMs, peakBytes } = one;
    plan.say(`  ${contender.name}: ${ms.map((time) => time.toFixed(0)).join(" ")} ms`);
    const steady = contender.name.startsWith("trainer") ? await goOn(one, plan.rounds) : [];
    rows.push({ contender: contender.name, detail, ms, firstMs, parts, steady, startMs, peakBytes: peakBytes() });
  }
  await Promise.all(running.map((one) => one.end()));
  return { task, rows, failures, load };
}

/**
 * Repetitions of one contender without a pause, as in a real run, where V8 has compiled what it runs: five times as many as there were rounds and
 * half a minute at most. The second half counts.
 */
async function goOn(worker: WorkerProcess, rounds: number): Promise<Record<string, number>[]> {
  const all: Record<string, number>[] = [];
  const began = performance.now();
  while (all.length < 5 * rounds && performance.now() - began < 30_000) {
    const { ms, parts } = await worker.go();
    all.push({ ms, ...parts });
  }
  return all.slice(Math.floor(all.length / 2));
}

/** A contender's process started, and its first repetition done. */
async function startedOnce(plan: Plan, config: string, task: TaskName, files: Files, contender: Contender) {
  const given = { task, config, ...files, check: checkFile(plan, config, contender), threads: plan.threads };
  const worker = await startWorker(contender, given, plan.pythons, join(plan.folder, "scratch"), plan.width);
  try {
    const { ms } = await worker.go();
    return { worker, first: ms, startMs: performance.now() - worker.startedAt };
  } catch (error) {
    await worker.end();
    throw error;
  }
}

/** Another order in each round, so that nobody always comes after the same one. */
function rotated<T>(list: readonly T[], by: number): T[] {
  return list.map((_, index) => list[(index + Math.max(0, by)) % list.length]!);
}

const checkFile = ({ folder }: Plan, config: string, { name }: Contender) =>
  join(folder, `${config}-check-${name.replaceAll(" ", "-")}.safetensors`);

/** Compares what the contenders of the update wrote, and TRL's model, which has no update of its own to be measured. */
async function compare(plan: Plan, config: string, files: Files): Promise<Record<string, Agreement>> {
  const trl = plan.contenders.find(({ name }) => name === "trl");
  if (trl !== undefined && takes(trl, "iteration", configNamed(config)) && configNamed(config).real === undefined)
    await startWorker(trl, { task: "update", config, ...files, check: checkFile(plan, config, trl), threads: plan.threads }, plan.pythons, join(plan.folder, "scratch"), plan.width) // prettier-ignore
      .then((worker) => worker.end())
      .catch((error: unknown) => plan.say(`  trl: no check: ${(error as Error).message}`));
  const written = plan.contenders.filter((contender) => existsSync(checkFile(plan, config, contender)));
  const reference = written.find(({ name }) => REFERENCES.has(name)) ?? written[0];
  if (reference === undefined) return {};
  const expected = readTensors(checkFile(plan, config, reference));
  const found: Record<string, Agreement> = {};
  plan.say(`  the same work? against ${reference.name}: largest difference of a log-probability, of a gradient (relative)`);
  for (const contender of written.filter((one) => one !== reference)) {
    const one = agreement(expected, readTensors(checkFile(plan, config, contender)));
    found[contender.name] = one;
    const gradients = one.gradients === null ? "no gradient" : `${one.gradients.toExponential(1)} (${one.worst})`;
    plan.say(`    ${one.within ? "✓" : "✘"} ${contender.name}: ${one.logProbs.toExponential(1)}, ${gradients}`);
  }
  return found;
}
