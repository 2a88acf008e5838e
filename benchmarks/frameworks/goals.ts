import type { TaskName } from "./messages.ts";
import type { ConfigResult, Row, TaskResult } from "./measure.ts";
import { median, ratioOf } from "./medians.ts";
import type { Ratio } from "./medians.ts";

/** What the fast engine is to reach, as peer's time over ours. */
interface Goal {
  readonly config: string;
  readonly task: TaskName;
  readonly against: "torch eager" | "the best of torch" | "trl" | "peft" | "vllm";
  readonly atLeast: number;
  /** Of the process's start to its first iteration's end, instead of the repetitions. */
  readonly start?: true;
  /** A goal for a processor without AVX-512, or a run that is kept to AVX2's vectors. */
  readonly vectors?: "AVX2";
  /** Whether our side is the trainer itself, as TRL's is, or the layers by hand. */
  readonly ours: "by hand" | "trainer";
}

const goals: readonly Goal[] = [
  ...["i", "ii", "iii"].flatMap((config): Goal[] => [
    { config, task: "update", against: "torch eager", atLeast: 1.15, ours: "by hand" },
    { config, task: "update", against: "the best of torch", atLeast: 1, ours: "by hand" },
  ]),
  { config: "i", task: "generation", against: "torch eager", atLeast: 1.3, ours: "by hand" },
  { config: "ii", task: "generation", against: "torch eager", atLeast: 1.15, ours: "by hand" },
  ...(["trainer", "by hand"] as const).flatMap((ours): Goal[] => [
    { config: "i", task: "iteration", against: "trl", atLeast: 2.2, ours },
    { config: "ii", task: "iteration", against: "trl", atLeast: 1.5, ours },
    { config: "i", task: "iteration", against: "the best of torch", atLeast: 1.4, ours },
    { config: "ii", task: "iteration", against: "the best of torch", atLeast: 1.2, ours },
  ]),
  { config: "i", task: "iteration", against: "trl", atLeast: 1, start: true, ours: "trainer" },
  { config: "ii", task: "iteration", against: "trl", atLeast: 1, start: true, ours: "trainer" },
  ...["i", "ii"].flatMap((config): Goal[] => [
    { config, task: "generation", against: "torch eager", atLeast: 1.5, ours: "by hand", vectors: "AVX2" },
    { config, task: "iteration", against: "trl", atLeast: 3.5, ours: "trainer", vectors: "AVX2" },
  ]),
  ...["smollm2", "smolvlm"].flatMap((config): Goal[] => [
    { config, task: "update", against: "peft", atLeast: 1.2, ours: "by hand" },
    { config, task: "generation", against: "peft", atLeast: 1.5, ours: "by hand" },
    { config, task: "generation", against: "vllm", atLeast: 1, ours: "by hand" },
    { config, task: "iteration", against: "trl", atLeast: 2, ours: "trainer" },
    { config, task: "load", against: "peft", atLeast: 0.67, ours: "by hand" }, // at most 1.5 times the time of Python's safetensors
  ]),
];

export interface GoalOutcome extends Goal {
  readonly peer: string;
  readonly contender: string;
  readonly ratio: Ratio;
  readonly reached: boolean;
  /** Median load of its rounds. */
  readonly load: number;
}

/** Our fastest against the peer named. The goals whose contenders were measured. */
export function outcomes(results: readonly ConfigResult[], vectors?: string): GoalOutcome[] {
  const meant = goals.filter((goal) => goal.vectors === undefined || goal.vectors === vectors);
  return meant.flatMap((goal): GoalOutcome[] => {
    const task = results.find(({ config }) => config === goal.config)?.tasks.find((one) => one.task === goal.task);
    if (task === undefined) return [];
    const times = (row: Row) => (goal.start ? row.startMs : row.ms);
    const peers = task.rows.filter(({ contender }) =>
      goal.against === "the best of torch" ? contender.startsWith("torch") : contender === goal.against,
    );
    const ours = task.rows.filter(({ contender }) =>
      (goal.ours === "trainer" ? /^trainer / : /^(hf )?tensorflow/).test(contender),
    );
    const [peer, mine] = [fastest(peers, times), fastest(ours, times)];
    if (peer === undefined || mine === undefined) return [];
    const ratio = ratioOf(times(peer), times(mine));
    return [
      {
        ...goal,
        peer: peer.contender,
        contender: mine.contender,
        ratio,
        reached: ratio.ofMedians >= goal.atLeast,
        load: median(task.load),
      },
    ];
  });
}

function fastest(rows: readonly Row[], times: (row: Row) => readonly number[]): Row | undefined {
  const measured = rows.filter((row) => times(row).length > 0);
  return measured.sort((a, b) => median(times(a)) - median(times(b)))[0];
}

/** The row that a task's ratios are given against: TRL is for whole iterations alone, PEFT for real models. */
export function baselineOf({ rows }: TaskResult): Row | undefined {
  return rows.find(({ contender }) => contender === "torch eager" || contender === "peft") ?? rows[0];
}
