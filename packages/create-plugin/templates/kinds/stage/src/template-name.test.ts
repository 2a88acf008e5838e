// What it measures, in experiments that take milliseconds: the model `fake` knows four words.
import "@tensorflow/tfjs"; // a backend: tfjs-core alone has none
import { runExperiment } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

const experimentOf = (options = {}) => ({
  name: "test",
  model: "fake",
  data: "fake-items",
  stages: [{ measured: { use: "template-name", items: 4, ...options } }],
});

test("template-name: one response is the only one", async () => {
  const { status, results } = await runExperiment(experimentOf({ samples: 1, maxNewTokens: 4 }), plugin);
  assert.is(status, "done");
  assert.equal(results.measured, { items: 4, samples: 1, distinct: 1 });
});

test("template-name: of many responses of one token, all that can be written are there", async () => {
  const { results } = await runExperiment(experimentOf({ samples: 100, maxNewTokens: 1 }), plugin);
  // five tokens, two of which write nothing: 4 different texts of 100
  assert.equal(results.measured, { items: 4, samples: 100, distinct: 0.04 });
});

test("template-name: no more items than there are", async () => {
  const { results } = await runExperiment(experimentOf({ items: 50, samples: 1, maxNewTokens: 2 }), plugin);
  assert.is(results.measured?.items, 12);
});
test.run();
