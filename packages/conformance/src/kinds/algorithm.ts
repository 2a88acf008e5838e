import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { batchTotals, dataset, definePlugin, model, policyLoss, reward } from "@rewardlab/core";
import { createContainer, createProbe, ExperimentError, loadExperiment } from "@rewardlab/core/host";
import type { Aggregate, Algorithm, Kl, Metrics as MetricsService, Ratio, Surrogate } from "@rewardlab/core";
import type { Container, Registry, Resolved } from "@rewardlab/core/host";
import { Metrics } from "@rewardlab/core";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { firstFar } from "../compare.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { chosen, groupIds, mask, maskOf, padded, row, show, table, tensorsOf } from "../numbers.ts";
import type { Numbers } from "../numbers.ts";

/** One variant of an algorithm, with the components that it may name. */
export interface AlgorithmSubject {
  readonly algorithm: Algorithm;
  readonly variant: string;
  readonly registry: Registry;
}

// ---------------------------------------------------------------- it is an experiment

/** What an experiment needs besides an algorithm. It is loaded, never run. */
export const standIns = definePlugin({
  name: "@rewardlab/conformance",
  api: "^1",
  components: [
    model({ name: "conformance-model", summary: "stands for any model", options: z.strictObject({}), create: never }),
    dataset({ name: "conformance-data", summary: "stands for any data", options: z.strictObject({}), create: never }),
    reward({ name: "conformance-rule", summary: "stands for any rule", options: z.strictObject({}), create: never }),
  ],
});
function never(): never {
  throw new Error("conformance: this stands for a component and is never created");
}

interface RlStage {
  readonly loss: {
    readonly ratio: Resolved<"ratio">;
    readonly surrogate: Resolved<"surrogate">;
    readonly aggregate: Resolved<"aggregate">;
  };
  readonly kl: Resolved<"kl"> | null;
  readonly advantage: readonly Resolved<"advantage">[];
}

/** A preset may say how the outcomes of rules become a score, and leave the rules to the experiment. */
const hasRules = (made: unknown) => (made as { rules?: unknown } | undefined)?.rules !== undefined;

/** The options of an rl stage that names the variant and nothing that the variant itself sets. */
async function resolvedStage({ algorithm, variant, registry }: AlgorithmSubject): Promise<RlStage> {
  const preset = algorithm.presets[variant]!;
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-conformance-"));
  const stage = {
    use: "rl",
    algorithm: { use: algorithm.name, variant },
    iterations: 1,
    rollout: { prompts: 2, samplesPerPrompt: 4, maxNewTokens: 8 },
    ...(hasRules(preset.reward) ? {} : { reward: { rules: { rule: "conformance-rule" }, formula: "rule" } }),
    ...(preset.optimizer === undefined ? { optimizer: { use: "sgd", learningRate: 0.1 } } : {}),
  };
  const text = JSON.stringify({
    name: "conformance",
    model: "conformance-model",
    data: "conformance-data",
    stages: [{ rl: stage }],
  });
  try {
    writeFileSync(join(folder, "experiment.yaml"), text);
    const { cells } = await loadExperiment(join(folder, "experiment.yaml"), { registryFor: async () => registry });
    return cells[0]!.stages[0]!.stage.options as RlStage;
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    return broken({
      what: `an experiment that names it is refused: ${error.problems.map(({ path, message }) => `${path}: ${message}`).join("; ")}`,
      expected: "an experiment that runs, with the built-in components and those of the plugins given",
      likely:
        "A name or option is misspelt, or it is another plugin's: give that plugin too (conformance(plugin, { plugins: [other] }))",
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const resolves: Law<AlgorithmSubject> = {
  name: "is an experiment: every name and option of its preset is known",
  check: async (subject) => {
    await resolvedStage(subject);
  },
};

// ---------------------------------------------------------------- on numbers

const oldLogProbs = table("oldLogProbs", -3, -0.5);
const differences = table("algorithm differences", -0.7, 0.7);
const plainNumbers: Numbers = {
  mask,
  groupIds,
  scores: row("scores", -1, 2),
  logProbs: oldLogProbs.map((own, index) => own.map((value, token) => value + differences[index]![token]!)),
  oldLogProbs,
  refLogProbs: oldLogProbs.map((own) => own.map((value) => value + 0.125)),
  draws: table("draws", 0, 1),
};
/** A preset with a critic gets values, too. */
const numbersFor = ({ algorithm, variant }: AlgorithmSubject): Numbers =>
  algorithm.presets[variant]!.critic === undefined
    ? plainNumbers
    : { ...plainNumbers, values: table("values", -1, 1), newValues: table("newValues", -1, 1) };
const order = [3, 5, 0, 4, 2, 1];

interface Probed {
  readonly advantages: readonly (readonly (number | string)[])[];
  readonly gradLogProbs: readonly (readonly (number | string)[])[];
  readonly loss: number | string;
}

/** As `rewardlab probe algorithm` computes it. */
async function probed({ algorithm, variant, registry }: AlgorithmSubject, given: Numbers): Promise<Record<string, number[]>> {
  const batch = JSON.parse(
    JSON.stringify(given, (_key, value: unknown) =>
      typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
    ),
  );
  const probe = createProbe(registry, createContainer(registry), "algorithm", JSON.stringify({ use: algorithm.name, variant }));
  const { advantages, gradLogProbs, loss } = (await probe(batch)) as Probed;
  return { advantages: advantages.flat().map(Number), gradLogProbs: gradLogProbs.flat().map(Number), loss: [Number(loss)] };
}

const finite: Law<AlgorithmSubject> = {
  name: "finite on a standard batch, whatever lies outside the mask",
  check: async (subject) => {
    const numbers = numbersFor(subject);
    const expected = await probed(subject, padded(numbers, 0));
    for (const [what, values] of Object.entries(expected))
      if (!values.every(Number.isFinite))
        broken({ what: `${what} is not finite`, input: show(numbers), came: JSON.stringify(values.map(String)) });
    const inside = maskOf(numbers).flat();
    for (const padding of [NaN, Infinity]) {
      const came = await probed(subject, padded(numbers, padding));
      for (const [what, values] of Object.entries(came)) {
        const index = firstFar(values, expected[what]!, (at) => what !== "advantages" || inside[at]! > 0);
        if (index !== -1)
          broken({
            what: `with ${padding} outside the mask ${what} is another`,
            input: show(padded(numbers, padding)),
            expected: String(expected[what]![index]),
            came: String(values[index]),
            likely: "The laws of its components say which of them lets padding in",
          });
      }
    }
  },
};

const ignoresOrder: Law<AlgorithmSubject> = {
  name: "permuting the responses permutes advantages and gradient, and leaves the loss",
  check: async (subject) => {
    const numbers = numbersFor(subject);
    const [expected, came] = [await probed(subject, numbers), await probed(subject, chosen(numbers, order))];
    const width = mask[0]!.length;
    for (const [what, values] of Object.entries(came)) {
      const wanted =
        what === "loss" ? expected.loss! : order.flatMap((from) => expected[what]!.slice(from * width, (from + 1) * width));
      const index = firstFar(values, wanted);
      if (index !== -1)
        broken({
          what: `with the responses in another order ${what} is another`,
          input: show(chosen(numbers, order)),
          expected: String(wanted[index]),
          came: String(values[index]),
        });
    }
  },
};

/** The whole policy loss: ratio, surrogate and aggregate together, and the KL term. */
const addsUp: Law<AlgorithmSubject> = {
  name: "its policy loss and gradient add up over micro-batches",
  check: async (subject) => {
    const { loss, kl } = await resolvedStage(subject);
    if (loss.surrogate.component.comparesBatch) return; // it is only ever given the whole batch
    const container = partsContainer(subject.registry);
    const term = kl && kl.own?.in === "loss" ? { kl: container.create(kl) as Kl, coefficient: 0.1 } : null;
    const parts = {
      ratio: container.create(loss.ratio) as Ratio,
      surrogate: container.create(loss.surrogate) as Surrogate,
      aggregate: container.create(loss.aggregate) as Aggregate,
      klTerm: term,
    };
    const batch = { ...plainNumbers, advantages: table("advantages", -2, 2) };
    const totals = batchTotals(mask);
    const computed = (given: Numbers) => {
      const tensors = tensorsOf(given) as Record<string, Tensor2D>;
      const { value, grad } = tf.valueAndGrad(
        (logProbs: Tensor) => policyLoss(parts, { ...tensors, logProbs } as never, totals).loss,
      )(tensors.logProbs!) as {
        value: Scalar;
        grad: Tensor;
      };
      const read = { loss: value.dataSync()[0]!, gradient: [...grad.dataSync()] };
      tf.dispose([value, grad, ...Object.values(tensors)]);
      return read;
    };
    const whole = computed(batch);
    const pieces = [[0, 1, 2], [3], [4, 5]].map((rows) => computed(chosen(batch, rows)));
    const sum = pieces.reduce((all, piece) => all + piece.loss, 0);
    const gradient = pieces.flatMap((piece) => piece.gradient);
    const index = firstFar([sum, ...gradient], [whole.loss, ...whole.gradient]);
    if (index !== -1)
      broken({
        what:
          index === 0
            ? "the losses of the micro-batches don't add up to that of the whole batch"
            : "the gradients of the micro-batches are not that of the whole batch",
        input: show(batch),
        expected: String([whole.loss, ...whole.gradient][index]),
        came: String([sum, ...gradient][index]),
        likely: "The laws of its components say which of them looks at the micro-batch's own counts",
      });
  },
};

function partsContainer(registry: Registry): Container {
  const container = createContainer(registry).child();
  const silent: MetricsService = { sum: () => {}, max: () => {}, share: () => {} };
  container.provide(Metrics, silent);
  return container;
}

export const algorithmLaws: readonly Law<AlgorithmSubject>[] = [resolves, finite, ignoresOrder, addsUp];
