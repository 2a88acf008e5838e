import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPart } from "../../testing/tensors.ts";
import { cosine } from "./cosine.ts";

const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`);

test("cosine: from 1 through a half in the middle towards final", () => {
  const { part } = createPart(cosine);
  close(part.factor(0, 10), 1);
  close(part.factor(5, 10), 0.5);
  close(part.factor(9, 10), (1 + Math.cos(0.9 * Math.PI)) / 2); // 0.0245: the last step still moves
});

test("cosine: warm-up first, and final instead of 0", () => {
  const { part } = createPart(cosine, { warmup: 2, final: 0.2 });
  close(part.factor(0, 12), 0.5);
  close(part.factor(1, 12), 1);
  close(part.factor(2, 12), 1);
  close(part.factor(7, 12), 0.6); // 0.2 + 0.8·½
  close(part.factor(12, 12), 0.2);
});

test("cosine: as long a warm-up as the run stays a number", () => {
  close(createPart(cosine, { warmup: 5 }).part.factor(5, 5), 1);
});

test.run();
