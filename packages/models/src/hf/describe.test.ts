import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { outlineOf } from "./describe.ts";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/models/${name}`, import.meta.url));

test("an outline counts parameters and memory from the shapes", () => {
  const made = outlineOf(fixture("smollm2"));
  // V 294 · D 16 (tied) + 2 layers · (q, o 16·16 + k, v 16·8 each, gate, up, down 16·24 each, 2 norms of 16) + norm 16
  const layer = 2 * 16 * 16 + 2 * 16 * 8 + 3 * 16 * 24 + 2 * 16;
  assert.is(made.parameters, 294 * 16 + 2 * layer + 16);
  // rank 16: r · (in + out) of each matrix; held with gradient, two moments and the reference's copy
  const adapters = 2 * 16 * (2 * (16 + 16) + 2 * (16 + 8) + 3 * (16 + 24));
  assert.equal(made.bytes, { lora: 4 * (made.parameters + 5 * adapters), full: 20 * made.parameters });
  assert.equal([made.modelType, made.seesPictures, made.contextLength], ["llama", false, 2048]);
});

test("what sees is told", () => assert.ok(outlineOf(fixture("qwen3_vl")).seesPictures));

test.run();
