import type { TaskName } from "./messages.ts";

export interface Contender {
  readonly name: string;
  readonly ours: boolean;
  /** Peers only: the script in peers/. */
  readonly script?: string;
  readonly tasks: readonly TaskName[];
  /** Configs that would take it minutes a step, or that it has no model for. */
  readonly notOn?: readonly string[];
}

const all = ["update", "generation", "iteration"] as const;

/**
 * Who is measured. `tensorflow …` and `wasm` run our layers by hand, without our trainer, as the torch ones run theirs; `trainer …` is `rewardlab run`'s
 * own trainer.
 */
export const contenders: readonly Contender[] = [
  { name: "torch eager", ours: false, script: "worker.py", tasks: all },
  { name: "torch sdpa", ours: false, script: "worker.py", tasks: all },
  { name: "torch compile", ours: false, script: "worker.py", tasks: ["update", "iteration"] },
  { name: "trl", ours: false, script: "trl_worker.py", tasks: ["iteration"], notOn: ["vlm"] },
  { name: "tensorflow eager", ours: true, tasks: all },
  { name: "tensorflow graph", ours: true, tasks: all },
  { name: "tensorflow xla", ours: true, tasks: all },
  { name: "wasm", ours: true, tasks: all, notOn: ["iii"] },
  { name: "trainer tensorflow", ours: true, tasks: ["iteration"] },
  { name: "trainer tensorflow-xla", ours: true, tasks: ["iteration"] },
  { name: "trainer wasm", ours: true, tasks: ["iteration"], notOn: ["iii"] },
];
