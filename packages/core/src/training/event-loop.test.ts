import "@tensorflow/tfjs";
import { rmSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Interrupted } from "@rewardlab/storage";
import { soundExperiment, temporaryFolder } from "../testing/experiment.ts";
import { runText } from "../testing/run.ts";

/** As Ctrl-C does: the signal to stop comes with a turn of the event loop, not from within the loop. */
async function stoppedAfter(stage: string, set: readonly string[]): Promise<number> {
  const folder = temporaryFolder();
  let asked = false;
  let last = 0;
  try {
    const stopAt = (what: string, done: number) => {
      if (what !== stage) return false;
      if (done === 1) setImmediate(() => (asked = true));
      last = done;
      return asked;
    };
    await runText(soundExperiment, folder, { set, stopAt }).then(
      () => assert.unreachable(`${stage} was never interrupted`),
      (error: unknown) => assert.instance(error, Interrupted),
    );
    return last;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const [stage, set] of [
  ["coldStart", ["stages.coldStart.phases=[{ steps: 20, batch: 4, learningRate: 0.1 }]"]],
  ["rl", ["stages.rl.iterations=20"]],
  ["evaluate", ["stages.evaluate.prompts=1"]],
] as const)
  test(`event loop: a signal that comes during ${stage} is heard before the step after the next`, async () => {
    assert.ok((await stoppedAfter(stage, set)) <= 3);
  });

test.run();
