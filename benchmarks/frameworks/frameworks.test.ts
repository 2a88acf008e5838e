import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { agreement } from "./agreement.ts";
import { chart } from "./chart.ts";
import { contenders } from "./contenders.ts";
import { outcomes } from "./goals.ts";
import { groupAdvantages } from "./hand-loop.ts";
import { writeInputs } from "./inputs.ts";
import { measure } from "./measure.ts";
import type { ConfigResult, Plan, Row } from "./measure.ts";
import { median, ratioOf } from "./medians.ts";
import { peerPython } from "./python-environment.ts";
import { configNamed } from "./sizes.ts";
import { table } from "./table.ts";
import { readTensors, writeTensors } from "./tensor-file.ts";
import { pinned, widthName } from "./vector-width.ts";

const folder = mkdtempSync(join(tmpdir(), "rewardlab-bench-test-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

test("medians: of an odd and an even number, and the range of the ratios within rounds", () => {
  assert.is(median([3, 1, 2]), 2);
  assert.is(median([4, 1, 2, 3]), 2.5);
  // medians 20 and 10; in rounds 10/10, 20/5, 60/20
  assert.equal(ratioOf([10, 20, 60], [10, 5, 20]), { ofMedians: 2, ofSmallest: 2, lowest: 1, highest: 4 });
});

test("tensor file: what was written is read", () => {
  const file = join(folder, "some.safetensors");
  const tensors = {
    a: { shape: [2, 2], values: Float32Array.of(1, -2.5, 3, 4) },
    b: { shape: [3], values: Int32Array.of(7, -8, 9) },
  };
  writeTensors(file, tensors);
  assert.equal(readTensors(file), tensors);
});

test("agreement: equal within the tolerance, not beyond, and not where numbers are missing or NaN", () => {
  const tensors = (logProb: number, gradient: number) => ({
    logProbs: { shape: [1], values: Float32Array.of(logProb) },
    "gradient w": { shape: [2], values: Float32Array.of(gradient, 100) },
  });
  assert.ok(agreement(tensors(-1, 5), tensors(-1.00001, 5.01)).within); // 0.01/100 = 1e-4
  assert.not(agreement(tensors(-1, 5), tensors(-1.001, 5)).within);
  assert.not(agreement(tensors(-1, 5), tensors(-1, 6)).within); // 1/100
  assert.not(agreement(tensors(-1, 5), tensors(-1, NaN)).within);
  const { logProbs } = tensors(-1, 5);
  assert.not(agreement(tensors(-1, 5), { logProbs, "gradient other": logProbs }).within);
  assert.is(agreement(tensors(-1, 5), { logProbs }).gradients, null); // a model whose gradient nobody asked for
});

test("group advantages: (score − mean) / σ within each group", () => {
  // group 0, 1: mean 0.5, σ = √0.5; group 1, 1: all equal
  const [a, b, c, d] = groupAdvantages([0, 1, 1, 1], { prompts: 2, samplesPerPrompt: 2, promptTokens: 1, responseTokens: 1 });
  const expected = 0.5 / (Math.sqrt(0.5) + 1e-4);
  assert.ok(Math.abs(a! + expected) < 1e-9 && Math.abs(b! - expected) < 1e-9);
  assert.equal([c, d], [0, 0]);
});

test("inputs: the same files each time", () => {
  const bytes = () => Object.values(writeInputs(folder, configNamed("tiny"))).map((file) => readFileSync(file));
  assert.equal(bytes(), bytes());
});

const plan = (names: readonly string[], more: Partial<Plan>): Plan => ({
  contenders: contenders.filter(({ name }) => names.includes(name)),
  configs: ["tiny"],
  tasks: ["update", "generation", "iteration"],
  rounds: 1,
  warmUp: 0,
  starts: 1,
  threads: 2,
  width: null,
  pythons: { peers: null, vllm: null },
  folder: join(folder, "work"),
  say: () => {},
  save: () => {},
  ...more,
});

test("measure: wasm and the trainer on it do every task, and a contender that can't is named with the reason", async () => {
  const broken = { name: "nowhere", ours: true, tasks: ["generation"] } as const;
  const [result] = await measure({ ...plan([], {}), contenders: [...plan(["wasm", "trainer wasm"], {}).contenders, broken] });
  assert.equal(
    result!.tasks.map(({ rows }) => rows.map(({ contender }) => contender)),
    [["wasm"], ["wasm"], ["wasm", "trainer wasm"]],
  );
  const [, generation, iteration] = result!.tasks;
  assert.match(generation!.failures[0]!.reason, /nowhere/);
  for (const { ms } of result!.tasks.flatMap(({ rows }) => rows)) assert.ok(ms.length === 1 && ms[0]! > 0);
  assert.ok(iteration!.rows[1]!.startMs[0]! > iteration!.rows[1]!.firstMs);
  assert.ok(iteration!.rows[1]!.parts[0]!["engine"]! > 0);
  assert.equal(readdirSync(join(folder, "work", "scratch")), []);
});

test("measure: a real model's folder is written, and our model reads, trains, loads and generates from it", async () => {
  const onWasm = { name: "hf wasm eager", ours: true, tasks: ["update", "generation", "load"], real: true } as const;
  const tasks = ["update", "generation", "load"] as const;
  const [result] = await measure({ ...plan([], { tasks, configs: ["tiny-pictures"] }), contenders: [onWasm] });
  assert.equal(
    result!.tasks.map(({ rows, failures }) => [rows.length, failures]),
    tasks.map(() => [1, []]),
  );
});

const python = peerPython(() => {}, false);
(python === null ? test.skip : test)(
  "measure: PyTorch, TRL's model and our layers agree on log-probabilities and gradients (needs the peers: npm run bench -- --quick)",
  async () => {
    const [result] = await measure(
      plan(["torch eager", "torch sdpa", "trl", "wasm"], { pythons: { peers: python, vllm: null }, tasks: ["update"] }),
    );
    assert.equal(Object.keys(result!.agreements).sort(), ["torch sdpa", "trl", "wasm"]);
    for (const [name, { within }] of Object.entries(result!.agreements)) assert.ok(within, name);
    assert.is(result!.agreements["trl"]!.gradients, null);
    for (const config of ["tiny-text", "tiny-pictures"]) {
      const onWasm = { name: "hf wasm eager", ours: true, tasks: ["update"], real: true } as const;
      const real = plan(["peft"], { pythons: { peers: python, vllm: null }, tasks: ["update"], configs: [config] });
      const [of] = await measure({ ...real, contenders: [...real.contenders, onWasm] });
      assert.ok(of!.agreements["hf wasm eager"]!.within, JSON.stringify(of!.agreements));
    }
  },
);

test("vector width: a run that is kept to AVX2 says so to every library, and its goals are AVX2's", () => {
  assert.equal(pinned(null), {});
  assert.equal([pinned("avx2")["ONEDNN_MAX_CPU_ISA"], pinned("avx2")["ATEN_CPU_CAPABILITY"]], ["AVX2", "avx2"]);
  assert.is(widthName("avx2"), "AVX2");
  const row = (contender: string, ms: number): Row => ({ contender, detail: "", ms: [ms], firstMs: 1, parts: [], steady: [], startMs: [], peakBytes: null }); // prettier-ignore
  const task = {
    task: "generation",
    rows: [row("torch eager", 14), row("tensorflow graph", 10)],
    failures: [],
    load: [1],
  } as const;
  const reached = (vectors?: string) =>
    outcomes([{ config: "i", agreements: {}, tasks: [task] }], vectors).map(({ atLeast, reached: is }) => [atLeast, is]);
  assert.equal(reached("AVX-512"), [[1.3, true]]);
  assert.equal(reached("AVX2"), [
    [1.3, true],
    [1.5, false],
  ]);
});

test("table and chart: medians, ratios, goals, disagreements and failures are shown", () => {
  const row = (contender: string, ms: readonly number[]): Row => ({
    contender,
    detail: "",
    ms,
    firstMs: 50,
    parts: [],
    steady: [],
    startMs: [],
    peakBytes: 2 ** 30,
  });
  const configs: ConfigResult[] = [
    {
      config: "i",
      agreements: { "tensorflow graph": { logProbs: 1, gradients: 1e-6, worst: "embed", within: false } },
      tasks: [
        {
          task: "update",
          rows: [row("torch eager", [30, 20, 40]), row("tensorflow graph", [15, 20, 10])],
          failures: [{ contender: "wasm", reason: "no <wasm>" }],
          load: [9],
        },
      ],
    },
  ];
  assert.equal(
    outcomes(configs).map(({ against, ratio, reached }) => [against, ratio.ofMedians, reached]),
    [
      ["torch eager", 2, true],
      ["the best of torch", 2, true],
    ],
  );
  const machine = { cores: 2, cpu: "some", memoryGiB: 8, architecture: "x64", system: "Linux" };
  const page = table(
    { date: "2026-01-01", machine, threads: 2, rounds: 3, commit: null, versions: {}, quick: false, configs },
    "2026-01-01.svg",
  );
  for (const part of ["**2.00** (1.00–4.00)", "**30** (20–40)", "wasm is missing: no <wasm>", "**no**", "others were at work"])
    assert.ok(page.includes(part), `${part} in\n${page}`);
  const svg = chart(configs, "a < b");
  assert.ok(svg.includes("a &lt; b") && svg.includes("tensorflow graph"));
});

test.run();
