import { test } from "uvu";
import * as assert from "uvu/assert";
import { refusal } from "./testing/folder.ts";
import { bytesPerToken, checkBatch, checkWeights, heldBytes, memoryThere } from "./training-memory.ts";
import type { TextConfig } from "./text-config.ts";

/** SmolLM2-135M's. */
const text = { width: 576, layers: 30, heads: 9, kvHeads: 3, headSize: 64, hiddenSize: 1536 } as TextConfig;
const GiB = 2 ** 30;

test("what is held: the base once with adapters, twice in full; gradients and two moments of what trains", () => {
  assert.equal(heldBytes({ parameters: 100, adapters: 10 }), { weights: 4 * 120, optimizer: 12 * 10 });
  assert.equal(heldBytes({ parameters: 100, adapters: null }), { weights: 8 * 100, optimizer: 12 * 100 });
});

test("what a gradient keeps of a token", () => {
  // a layer: 4 · 576 + 2 · 576 + 2 · 192 + 3 · 1536 = 8448 numbers; made again: 576 + 2 · 192 = 960.
  // Measured on engine tensorflow, adapters of rank 16, 16 rows of 64 + 256 tokens: 1.18 MB a token above the weights, with checkpointing 0.25
  assert.is(bytesPerToken(text, false), 4 * 30 * 8448);
  assert.is(bytesPerToken(text, true), 4 * 30 * 960);
});

test("memory is the control group's, where that is less than the machine's", () => {
  assert.is(memoryThere(8 * GiB, 2 * GiB), 2 * GiB);
  for (const none of [undefined, 0, 2 ** 62]) assert.is(memoryThere(8 * GiB, none), 8 * GiB);
});

const sizes = { path: "M", parameters: 135e6, adapters: 5e6, smallAdapters: 5e6, text, checkpointing: false };

test("weights that don't fit are refused before they are read", () => {
  checkWeights({ path: "M", parameters: 2e9 }, 8e9);
  assert.is(
    refusal(() => checkWeights({ path: "M", parameters: 3e9 }, 8 * GiB)),
    "RL_MODEL_MEMORY M: its 3.00 billion parameters take 11.2 GiB, and there are 8.0 GiB: a model of up to 2.1 billion fits",
  );
});

test("a batch that doesn't fit is refused with what would", () => {
  checkBatch(sizes, { rows: 4, tokens: 4 * 320 }, 4 * GiB);
  // 540 + 100 MB held, 16 · 320 tokens of 1.01 MB: 5.4 GiB; of 4 GiB 3.40 are left: 11 rows of 0.302 GiB
  assert.is(
    refusal(() => checkBatch(sizes, { rows: 16, tokens: 16 * 320 }, 4 * GiB)),
    "RL_MODEL_MEMORY M: weights, optimizer and the gradient of a microbatch of 16 (5120 tokens, prompts included) take at least 5.4 GiB, and there are 4.0 GiB: what fits is a microbatch of 11, or `checkpointing: true` with one of 16",
  );
  // in full 20 · 135e6 bytes are held: more than 2 GiB, adapters are not
  assert.match(
    refusal(() => checkBatch({ ...sizes, adapters: null }, { rows: 16, tokens: 5120 }, 2 * GiB)),
    /take at least 7\.3 GiB, and there are 2\.0 GiB: what fits is `lora: \{ rank: 16 \}, checkpointing: true` with one of 16$/,
  );
  assert.match(
    refusal(() => checkBatch({ ...sizes, checkpointing: true }, { rows: 2, tokens: 2e6 }, GiB)),
    /not even one row fits$/,
  );
});

test.run();
