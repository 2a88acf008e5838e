import type { MetricDeclarations } from "../../services/metric-declaration.ts";

/** What a line of an `sft` stage's metrics.jsonl holds, one for each step. */
export const sftMetrics: MetricDeclarations = {
  phase: { title: "Phase", meaning: "Which of the stage’s phases the step belongs to, from 1 on." },
  loss: { title: "Loss", first: true, meaning: "Mean over the step’s target tokens of −log π, in nats." },
  gradientNorm: { title: "Gradient norm", first: true, stability: "largest", meaning: "Global L2 norm before it is clipped." },
  learningRate: { title: "Learning rate", meaning: "As scheduled." },
};
