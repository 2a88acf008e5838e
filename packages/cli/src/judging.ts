import { checkPrompt, DEFAULT_PROMPT, endpointJudge, judgePairs, modelJudge, readBenchmark } from "@rewardlab/benchmarks";
import type { Benchmark, Judge, LocatedRow, Orders, Picture } from "@rewardlab/benchmarks";
import { Files, InputError, suggestion } from "@rewardlab/core";
import { createContainer, loadExperiment, policyOfRun } from "@rewardlab/core/host";
import { decodedPicture, isUnreadable, sourceOf } from "@rewardlab/data";
import { chatClient, endpointFrom } from "@rewardlab/endpoints";
import { startEngine } from "@rewardlab/engines";
import { randomStream } from "@rewardlab/statistics/random";
import { fileBytes, sha256 } from "@rewardlab/storage";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { cellOf } from "./cell-of.ts";
import { untilTheEnd } from "./containers.ts";
import { MOST_RUNS } from "./grid.ts";
import { registryFor } from "./plugins.ts";
import { duration } from "./time-left.ts";

/** Who is asked about a benchmark's pairs, and how. */
export interface JudgingOptions {
  readonly data?: string;
  readonly images?: string;
  readonly experiment?: string;
  readonly endpoint?: string;
  readonly prompt?: string;
  readonly cache: string;
  readonly cell?: string;
  readonly run: number;
  readonly runs: string;
  readonly maxNewTokens: number;
  readonly batch: number;
  readonly engine: string;
  readonly order: string;
  readonly out?: string;
  readonly seed: number;
}

const ORDERS: readonly Orders[] = ["both", "seeded", "chosen-first"];

/** Asks a judge about all pairs of a benchmark's own file, and gives the file of its predictions. */
export async function judged(benchmark: Benchmark, options: JudgingOptions): Promise<string> {
  const { data, out, order } = options;
  const orders = ORDERS.find((one) => one === order);
  if (orders === undefined)
    throw new InputError(
      "RL_FLAG",
      `--order: "${order}" is given, expected both, seeded or chosen-first.${suggestion(order, ORDERS)}`,
    );
  if (data === undefined)
    throw new InputError(
      "RL_FLAG",
      "evaluate: expected --predictions FILE, or --data FILE with the benchmark's own pairs and a judge",
    );
  if (out === undefined) throw new InputError("RL_FLAG", "evaluate: a judge is asked, expected --out FOLDER for its predictions");
  const pairs = readBenchmark(benchmark, data, { images: options.images, rows: rowsOf(data) });
  const { judge, dispose } = await judgeOf(options);
  try {
    const say = progressLine();
    return await judgePairs(judge, {
      benchmark: benchmark.name,
      data,
      pairs,
      orders,
      seed: options.seed,
      folder: resolve(out),
      progress: say,
    });
  } finally {
    dispose();
  }
}

/** The rows of a Parquet file; null of any other, which the benchmarks read themselves. */
function rowsOf(file: string): LocatedRow[] | null {
  if (!file.endsWith(".parquet")) return null;
  return [...sourceOf(resolve(file)).rows()].map((row) => {
    if (isUnreadable(row)) throw new InputError("RL_BENCHMARK", `${row.where}: ${row.problem}`);
    return { where: row.where, row: row.value };
  });
}

async function judgeOf(options: JudgingOptions): Promise<{ judge: Judge; dispose(): void }> {
  const { experiment, endpoint } = options;
  if (experiment !== undefined && endpoint === undefined) return ofRun(experiment, options);
  if (endpoint !== undefined && experiment === undefined) return { judge: ofEndpoint(endpoint, options), dispose: () => {} };
  const given = experiment === undefined ? "no judge is named" : "two judges are named";
  throw new InputError(
    "RL_FLAG",
    `evaluate: ${given}, expected --experiment FILE, whose run judges, or --endpoint '{ url: …, model: … }'`,
  );
}

/** A model behind a chat endpoint. */
function ofEndpoint(spec: string, { prompt: file, maxNewTokens, cache }: JudgingOptions): Judge {
  const endpoint = endpointFrom(spec, "--endpoint");
  const prompt = file === undefined ? DEFAULT_PROMPT : readFileSync(file, "utf8");
  checkPrompt(prompt, file ?? "the prompt");
  const client = chatClient(endpoint, { cacheFolder: resolve(cache), note: (message) => console.error(message) });
  const settings = { judge: "endpoint", url: endpoint.url, model: endpoint.model, body: endpoint.body };
  return endpointJudge({ client, settings, prompt, decode, maxTokens: maxNewTokens, batch: 2 * endpoint.concurrency });
}

/** The policy that a finished run has left. */
async function ofRun(file: string, { cell: cellName, run, runs, engine, maxNewTokens, batch }: JudgingOptions) {
  const experiment = await loadExperiment(file, { set: [], registryFor, mostRuns: MOST_RUNS });
  const cell = cellOf(experiment, cellName);
  const root = join(resolve(runs), experiment.name);
  const container = untilTheEnd(createContainer(experiment.registry));
  container.provide(Files, { folder: experiment.folder, cache: join(root, "data") });
  await startEngine(engine, experiment.registry, container);
  const { model, parameters, folder, dispose } = await policyOfRun({ experiment, cell, seed: run, root }, container);
  const settings = { judge: "run", weights: sha256(fileBytes(join(folder, "model.safetensors"))) };
  const random = randomStream(1, "greedy");
  return { judge: modelJudge({ model, parameters, settings, decode, maxNewTokens, batch, random }), dispose };
}

const decode = (picture: Picture) => decodedPicture("path" in picture ? picture.path : picture.bytes);

/** A line that a terminal overwrites, and one every tenth of the way in a log. */
function progressLine(): (done: number, all: number) => void {
  const start = Date.now();
  let told = 0;
  return (done, all) => {
    const seconds = (Date.now() - start) / 1000;
    const rate = done / seconds;
    const left = done === all ? "" : `, about ${duration((all - done) / rate)} left`;
    const line = `${done} of ${all} judgements, ${rate.toPrecision(2)} a second${left}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}${done === all ? "\n" : ""}`);
    else if (done === all || done - told >= all / 10) {
      told = done;
      console.error(line);
    }
  };
}
