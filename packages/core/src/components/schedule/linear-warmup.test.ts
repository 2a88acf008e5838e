import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPart } from "../../testing/tensors.ts";
import { linearWarmup } from "./linear-warmup.ts";

test("linear-warmup: rises by 1/steps from the first step on, then stays", () => {
  const { part } = createPart(linearWarmup, { steps: 4 });
  assert.equal(
    [0, 1, 2, 3, 4, 99].map((step) => part.factor(step, 100)),
    [0.25, 0.5, 0.75, 1, 1, 1],
  );
});

test("linear-warmup: no steps, no warm-up", () => {
  assert.is(createPart(linearWarmup, { steps: 0 }).part.factor(0, 10), 1);
});

test.run();
