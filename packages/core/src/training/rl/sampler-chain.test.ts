import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Sampler, SamplerBatch } from "../../kinds.ts";
import { applySamplers } from "./sampler-chain.ts";

const batch: SamplerBatch = {
  scores: Float32Array.of(1, 0),
  groupIds: Int32Array.of(0, 0),
  lengths: Int32Array.of(1, 2),
  truncated: [false, true],
  maxNewTokens: 2,
  responseIds: Int32Array.of(3, 0, 4, 5),
  mask: Float32Array.of(1, 0, 1, 1),
  logProbs: Float32Array.of(-0.1, 0, -0.2, -0.3),
};

test("sampler chain: a sampler that says so sees the tokens, any other doesn't", () => {
  const seen: SamplerBatch[] = [];
  const step = (seesTokens?: boolean): Sampler => ({
    rounds: 1,
    ...(seesTokens === undefined ? {} : { seesTokens }),
    apply: (given) => (seen.push(given), { scores: given.scores, masked: [false, false], replaced: new Set() }),
  });
  applySamplers([step(), step(true), step(false)], batch);
  const { responseIds: _ids, mask: _mask, logProbs: _logProbs, ...without } = batch;
  assert.equal(seen, [without, batch, without]);
});

test.run();
