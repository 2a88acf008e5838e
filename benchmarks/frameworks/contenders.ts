import type { TaskName } from "./messages.ts";
import type { Environment } from "./python-environment.ts";
import type { Config } from "./sizes.ts";

export interface Contender {
  readonly name: string;
  readonly ours: boolean;
  /** Peers only: the script in peers/. */
  readonly script?: string;
  readonly tasks: readonly TaskName[];
  /** Peers only: whose Python environment it runs in, where it isn't the others'. */
  readonly environment?: Environment;
  /** Whether it takes real models, in Hugging Face folders; absent: the benchmark's own decoder alone. */
  readonly real?: true | "too";
  /** Configs that would take it minutes a step, or that it has no model for. */
  readonly notOn?: readonly string[];
}

/** Whether a contender does that on a config. */
export const takes = ({ tasks, real, notOn }: Contender, task: TaskName, { name, real: isReal }: Config): boolean =>
  tasks.includes(task) && notOn?.includes(name) !== true && (real === "too" || (real === true) === (isReal !== undefined));

const all = ["update", "generation", "iteration"] as const;
/**
 * Who is measured. `tensorflow …` and `wasm` run our layers by hand, without our trainer, as the torch ones run theirs; `trainer …` is `rewardlab run`'s
 * own trainer. On real models `hf …` is our model of a folder by hand, `peft` Transformers with PEFT, and `vllm` vLLM's server on CPUs.
 */
export const contenders: readonly Contender[] = [
  { name: "torch eager", ours: false, script: "worker.py", tasks: all },
  { name: "torch sdpa", ours: false, script: "worker.py", tasks: all },
  { name: "torch compile", ours: false, script: "worker.py", tasks: ["update", "iteration"] },
  { name: "peft", ours: false, script: "peft_worker.py", tasks: [...all, "load"], real: true },
  {
    name: "trl",
    ours: false,
    script: "trl_worker.py",
    tasks: ["iteration"],
    notOn: ["vlm", "smolvlm", "tiny-pictures"],
    real: "too",
  },
  { name: "vllm", ours: false, script: "vllm_worker.py", environment: "vllm", tasks: ["generation"], real: true },
  { name: "hf tensorflow", ours: true, tasks: ["update", "generation", "load"], real: true },
  { name: "tensorflow eager", ours: true, tasks: all },
  { name: "tensorflow graph", ours: true, tasks: all },
  { name: "tensorflow xla", ours: true, tasks: all },
  { name: "wasm", ours: true, tasks: all, notOn: ["iii"] },
  { name: "trainer tensorflow", ours: true, tasks: ["iteration"], real: "too" },
  { name: "trainer tensorflow-xla", ours: true, tasks: ["iteration"] },
  { name: "trainer wasm", ours: true, tasks: ["iteration"], notOn: ["iii"] },
];
