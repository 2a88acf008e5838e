import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPart } from "../../testing/tensors.ts";
import { constant } from "./constant.ts";

test("constant: 1 at every step", () => {
  const { part } = createPart(constant);
  assert.equal(
    [0, 5, 9].map((step) => part.factor(step, 10)),
    [1, 1, 1],
  );
});

test.run();
