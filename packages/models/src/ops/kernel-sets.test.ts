// The binding's kernels are compiled for several instruction sets, and a machine runs only its best; a GPU and XLA have compositions of TensorFlow's ops
// instead (`portable`). The ops' tests on each of the others.

import { startTensorflowBackend } from "@rewardlab/engines";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const there = (await startTensorflowBackend()) !== null;
for (const set of ["portable", "baseline", "avx2"]) {
  const title = `ops with the ${set} kernels`;
  if (!there) test.skip(`${title} (libtensorflow is not installed: npx rewardlab engines install tensorflow)`, () => {});
  else
    test(title, () => {
      for (const file of ["ops.test.ts", "sample-tokens.test.ts"]) {
        const { status, stdout } = spawnSync(
          process.execPath,
          [...process.execArgv, fileURLToPath(new URL(file, import.meta.url))],
          { encoding: "utf8", env: { ...process.env, REWARDLAB_KERNELS: set } },
        );
        assert.is(status, 0, stdout);
        assert.match(stdout, /Passed:\s+[1-9]/);
      }
    });
}

test.run();
