// time-out: 1200 s
import bradleyTerry from "@rewardlab/algo-bradley-terry";
import entropy from "@rewardlab/algo-entropy";
import grpo from "@rewardlab/algo-grpo";
import offPolicy from "@rewardlab/algo-off-policy";
import ppo from "@rewardlab/algo-ppo";
import reinforcePlusPlus from "@rewardlab/algo-reinforcepp";
import softClip from "@rewardlab/algo-soft-clip";
import stableReinforce from "@rewardlab/algo-stablereinforce";
import { definePlugin } from "@rewardlab/core";
import { standardComponents } from "@rewardlab/core/host";
import data, { makeScenes } from "@rewardlab/data";
import engines from "@rewardlab/engines";
import models from "@rewardlab/models";
import rewards from "@rewardlab/rewards";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import { conformance } from "./index.ts";
import type { ConformanceOptions } from "./index.ts";

/** Every built-in component and preset, with option sets that lead through all of a component's code. */
const core = definePlugin({ name: "@rewardlab/core", api: "^1", components: standardComponents });

const bounds = { low: 0.1, high: 0.3 };
const clamps = [
  { gradient: "expectation" },
  { gradient: "expectation", clampOutput: 1 },
  { clampInput: 20 },
  { clampOutput: 10 },
  { clampInput: 1, clampOutput: 0.5 },
];
const counted = { emptySequences: "counted" };
const options: NonNullable<ConformanceOptions["options"]> = {
  "advantage score-clip": [{ low: -0.5, high: 0.75 }],
  "advantage group-centre": [{ singleton: "score" }],
  "advantage group-normalise": [
    { deviation: "population", epsilon: 1e-4 },
    { epsilon: 0 },
    { leaveOneOut: true },
    { leaveOneOut: true, deviation: "population", epsilon: 0 },
    { singleton: "score" },
    { over: "batch", epsilon: 1e-4 },
  ],
  "advantage batch-normalise": [{ deviation: "population", epsilon: 0 }],
  "advantage leave-one-out": [{ singleton: "score" }],
  "advantage discounted-return": [{ gamma: 0.9 }, { gamma: 0 }],
  "advantage gae": [{ gamma: 0.9, lambda: 1 }, { lambda: 0 }],
  "advantage whiten": [{ variance: "unbiased" }, { epsilonIn: "sum" }, { variance: "unbiased", epsilonIn: "sum", epsilon: 1e-5 }],
  "advantage clip": [{ low: -1, high: 1 }],
  "advantage three-sigma-filter": [{ sigmas: 1 }, { rule: "official-code" }, { rule: "official-code", sigmas: 0.5 }],
  "ratio clamped": [{ limit: 0.5 }],
  "ratio pre-clip": [{ low: 0.5, high: 2 }],
  "ratio sequence": [{ over: "sum" }],
  "ratio sequence-token": [{ largestLog: 10 }, { largestLog: 0.1 }],
  "surrogate clip": [bounds, { low: 1, high: 0 }],
  "surrogate dual-clip": [{ ...bounds, cap: 2 }],
  "surrogate two-sided-clip": [{ cap: 4 }, { ...bounds, cap: 1.1 }],
  "surrogate cispo": [{ high: 4 }, { low: 0.2, high: 0.2 }],
  "surrogate formula": [
    { expression: "-min(ratio * A, clamp(ratio, 0.8, 1.2) * A)" },
    { expression: "-stopGradient(clamp(ratio, 0, 5)) * A * logProbs + 0.1 * (exp(refLogProbs - logProbs) - 1)" },
    { expression: "where(A < 0, ratio ^ 2, -ratio * A / (1 + abs(oldLogProbs)))" },
    { expression: "-ratio * stopGradient(ratio) * A + where(ratio > stopGradient(1.1 * ratio), 1, 2) * logProbs" },
    { expression: "0.5 * (logProbs - refLogProbs)^2 + max(oldLogProbs - logProbs, 0) - ratio * advantages" },
  ],
  "surrogate dppo": [{ divergence: "kl" }, { threshold: 0.05, cap: 1.5 }, { divergence: "kl", threshold: 0.01 }],
  "surrogate vespo": [
    { k: 1, lambda: 1 },
    { k: 0, lambda: { positive: 0, negative: 4 } },
  ],
  "correction truncated-importance": [{ level: "sequence" }, { cap: 1.1 }],
  "correction masked-importance": [{ level: "sequence" }, { low: 0, high: null }, { low: 0.9, high: 1.5 }],
  "correction sequence-rejection": [{ limit: 0.5 }],
  "correction off-policy-mask": [{ delta: 0 }],
  "mask entropy-quantile": [{ share: 0.5 }, { share: 0 }, { share: 1 }],
  "surrogate sapo": [{ positive: 2, negative: 0.5 }],
  "surrogate gmpo": [bounds],
  "surrogate clip-cov": [
    { ratio: 0.25, low: -0.25, high: 2 },
    { ratio: 1, low: 0, high: 3, clipLow: 0.1, clipHigh: 0.3 },
  ],
  "surrogate kl-cov": [{ ratio: 0.25, coefficient: 0.5 }],
  "aggregate sequence-mean": [counted],
  "aggregate sequence-sum": [counted],
  "aggregate constant-length": [{ length: 8 }, { length: 2.5, ...counted }],
  "kl k1": clamps,
  "kl k2": clamps,
  "kl k3": clamps,
  "kl abs": clamps,
  "pair-loss bradley-terry": [{ centre: 0.5, margin: 0.25 }],
  "optimizer adamw": [{ learningRate: 0.01 }, { learningRate: 0.1, weightDecay: 0.1, beta1: 0, epsilon: 1e-6 }],
  "optimizer sgd": [{ learningRate: 0.1 }, { learningRate: 0.1, momentum: 0.9 }],
  "sampler dynamic": [{ rounds: 1 }],
  "sampler overlong": [{ buffer: 4 }, { mask: false, buffer: 2, length: 6, factor: 0.5 }],
  "schedule linear-warmup": [{ steps: 0 }, { steps: 5 }],
  "schedule cosine": [{ warmup: 3 }, { warmup: 20, final: 0.1 }],
};

run("core", core, { options });
for (const [name, plugin] of Object.entries({
  grpo,
  offPolicy,
  ppo,
  reinforcePlusPlus,
  stableReinforce,
  softClip,
  entropy,
  bradleyTerry,
}))
  run(name, plugin, { options, plugins: [rewards] });
run("rewards", rewards, {
  options: {
    "reward stated-choice-consistency": [{ contradict: -1, unclear: 0.5 }, { window: 20 }, { scale: "signed" }],
    "reward repetition-penalty": [{ ngram: 1, maxPenalty: 0.5 }],
    "reward length-penalty": [{ limit: 5 }, { limit: 40, buffer: 20, factor: 0.5, unit: "characters" }],
    "reward exact-match": [{ ignoreCase: false, ignoreSpace: true }],
    "reward math-equal": [{ tolerance: 1e-3 }],
    "reward preference-accuracy": [{ variant: "official-code" }, { unread: 1 }],
    // nobody listens there: what a rule does that can't tell
    "reward judge-consistency": [{ url: "http://127.0.0.1:1/v1", model: "judge", retries: 0, scale: "signed" }],
    "reward remote-reward": [{ urls: ["http://127.0.0.1:1/get_reward"], retries: 0 }],
  },
});
run("engines", engines);
// the files that scenes makes are also an example of jsonl
const files = mkdtempSync(join(tmpdir(), "rewardlab-test-"));
test.after(() => rmSync(files, { recursive: true }));
await makeScenes({ train: 4, test: 2, out: join(files, "made") });
run("data", data, {
  folder: files,
  options: {
    "dataset scenes": [
      { train: 4, test: 2 },
      { train: 3, test: 2, heldOut: ["count"], seed: 7, testSeed: null },
    ],
    "dataset jsonl": [{ train: "made/train.jsonl", test: "made/test.jsonl" }, { splits: { other: "made/test.jsonl" } }],
    "dataset preferences": [
      { train: "made/train.jsonl", test: "made/test.jsonl" },
      { file: "made/train.jsonl", split: { test: 0.5 }, labelNoise: 0.5 },
    ],
  },
});
const small = { width: 16, heads: 4, kvHeads: 2, hiddenSize: 16, layers: 2, imageSize: 8, patchSize: 4 };
const folder = (name: string) => fileURLToPath(new URL(`../../models/src/hf/fixtures/models/${name}`, import.meta.url));
run("models", models, {
  options: {
    "model tiny-vlm": [small],
    "model hf": [{ path: folder("qwen2_5_vl"), lora: { rank: 2 } }],
    "model llava": [{ vision: folder("llava"), text: folder("qwen3"), lora: { rank: 2 } }],
  },
});

function run(name: string, plugin: typeof core, given: ConformanceOptions = {}): void {
  const known = new Set((plugin.components ?? []).map(({ kind, name: own }) => `${kind} ${own}`));
  const own = Object.fromEntries(Object.entries(given.options ?? {}).filter(([key]) => known.has(key)));
  const checks = conformance(plugin, { ...given, options: own });
  for (const check of checks) test(check.title, check.run);
}

test.run();
