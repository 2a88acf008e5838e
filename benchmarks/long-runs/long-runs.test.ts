// What a run holds at iteration 20 it holds at iteration 200, and how far memory moved is computed as told.

import { startTensorflowBackend } from "@rewardlab/engines";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { flatness } from "./flatness.ts";
import { kept } from "./memory.ts";
import type { Kept } from "./memory.ts";
import { longRun } from "./trainer.ts";

test("flatness: spread and trend of a line and of what never moves", () => {
  const line = [0, 100, 200].map((iteration) => ({ iteration, value: 100 + iteration / 100 })); // 100, 101, 102: 100 more in 10,000
  const { first, last, lowest, highest, spread, trend } = flatness(line);
  assert.equal([first, last, lowest, highest, spread], [100, 102, 100, 102, 0.02]);
  assert.ok(Math.abs(trend - 100 / 101) < 1e-12);
  assert.equal([flatness([{ iteration: 5, value: 0 }]).spread, flatness([{ iteration: 5, value: 0 }]).trend], [0, 0]);
});

/** 11 kB an iteration. What V8 compiles and learns in the meantime is below 1 MiB. */
const HEAP = 2; // MiB

const tensorflow = (await startTensorflowBackend()) !== null;
for (const engine of ["wasm", "tensorflow"]) {
  const title = `long run on ${engine}: holds after 200 iterations what it held after 20`;
  if (engine === "tensorflow" && !tensorflow) {
    test.skip(`${title} (libtensorflow is not installed: npx rewardlab engines install tensorflow)`, () => {});
    continue;
  }
  test(title, async () => {
    const seen: Kept[] = [];
    await longRun(engine, 200, async (iteration) => {
      if (iteration === 20 || iteration === 200) seen.push(await kept(iteration));
    });
    const [before, after] = seen as [Kept, Kept];
    const counted = ({ tensors, handles, functions, files }: Kept) => ({ tensors, handles, functions, files });
    assert.equal(counted(after), counted(before));
    assert.is(before.handles > 0, engine === "tensorflow", "handles are counted where there are any");
    assert.ok(after.heap < before.heap + HEAP, `heap: ${after.heap} MiB after ${before.heap}`);
    assert.ok(after.external < before.external + 0.1, `outside V8's heap: ${after.external} MiB after ${before.external}`);
  });
}

test.run();
