// What README and guides show of experiments can act: a reader who copies an example compares something. Fragments are laid over the quickstart.

import { registryFor } from "@rewardlab/cli";
import { gridWarnings, idleParts, loadExperiment } from "@rewardlab/core/host";
import type { Cell } from "@rewardlab/core/host";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse, stringify } from "yaml";

const root = fileURLToPath(new URL("..", import.meta.url));
const documents = [
  ["README.md", 1],
  ["docs/guides/experiment-file.md", 7],
  ["packages/algo-bradley-terry/README.md", 1],
  ["packages/algo-entropy/README.md", 1],
  ["packages/algo-grpo/README.md", 1],
  ["packages/algo-off-policy/README.md", 1],
  ["packages/algo-ppo/README.md", 1],
  ["packages/algo-reinforcepp/README.md", 1],
  ["packages/algo-soft-clip/README.md", 1],
  ["packages/algo-stablereinforce/README.md", 1],
  ["packages/rewards/README.md", 3],
] as const;

type Plain = Record<string, unknown>;
const isMap = (value: unknown): value is Plain => typeof value === "object" && value !== null && !Array.isArray(value);
const topKeys = new Set(["ablate", "grid", "zip", "seeds", "compare", "stages", "data"]);

/** The experiment that a fragment stands for; null where it is a list of single overrides. */
function experimentOf(fragment: unknown): Plain | null {
  const base = parse(readFileSync(join(root, "experiments/quickstart/quickstart.yaml"), "utf8")) as Plain;
  const stages = base.stages as Record<string, Plain>[];
  const rl = stages.find((one) => "rl" in one)!;
  base.plugins = ["grpo", "off-policy", "ppo", "reinforcepp", "stablereinforce", "soft-clip", "entropy", "bradley-terry"].map(
    (name) => `@rewardlab/algo-${name}`,
  );
  delete base.ablate;
  const stageOf = (given: Plain): Plain =>
    given.algorithm === undefined ? { ...rl.rl, ...given } : { ...without(rl.rl!), ...given };
  if (Array.isArray(fragment)) {
    rl.rl = stageOf((fragment[0] as { rl: Plain }).rl);
    return base;
  }
  if (!isMap(fragment) || Object.keys(fragment).some((key) => key.includes("."))) return null;
  if (isMap(fragment.seeds)) stages.forEach((stage) => delete stage.coldStart?.seed); // else all runs have the cold start of one seed
  if (Object.keys(fragment).some((key) => topKeys.has(key))) return { ...base, ...fragment };
  rl.rl = stageOf("advantage" in fragment ? { algorithm: "grpo", ...fragment } : fragment); // a whole chain of its own goes without StableReinforce's KL
  return base;
}

/** What an algorithm's own example leaves to its preset. */
function without({ use, iterations, rollout, update, optimizer }: Plain): Plain {
  const reward = {
    rules: { accuracy: "preference-accuracy", format: "think-answer-format" },
    formula: "accuracy + 0.5 * format",
  };
  return { use, iterations, rollout, update, optimizer, reward };
}

/** Of what an example writes, the parts that can't act; but for rules that a cell only measures on purpose, by another formula. */
function idleOf(cell: Cell, shown: string): string[] {
  const changesScore = cell.overrides.some(({ path }) => path.startsWith("stages.rl.reward"));
  return idleParts(cell)
    .filter(({ path }) => shown.includes(path.slice(path.lastIndexOf(".") + 1)))
    .filter(({ path }) => !(changesScore && path.startsWith("stages.rl.reward.rules")))
    .map(({ path, because }) => `${cell.name}: ${path}: ${because}`);
}

for (const [file, count] of documents)
  test(`${file}: its experiments can act`, async () => {
    const fragments = [...readFileSync(join(root, file), "utf8").matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, text]) => text!);
    assert.is(fragments.length, count);
    const folder = mkdtempSync(join(root, "experiments", ".documented-"));
    try {
      for (const text of fragments) {
        const experiment = experimentOf(parse(text, { uniqueKeys: false }));
        if (experiment === null) continue;
        const path = join(folder, "experiment.yaml");
        writeFileSync(path, stringify(experiment));
        const loaded = await loadExperiment(path, { registryFor });
        const same = gridWarnings(loaded).filter(({ kind }) => kind === "cannot-act" || kind === "changes-nothing");
        assert.equal(
          same.map(({ message }) => message),
          [],
          text,
        );
        assert.equal(
          loaded.cells.flatMap((cell) => idleOf(cell, text)),
          [],
          text,
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test.run();
