import { test } from "uvu";
import * as assert from "uvu/assert";
import { measures, trains } from "./stage-role.ts";

test("roles: what the run wrote down, whoever's stage it is", () => {
  assert.is(trains({ use: "rl-replay", role: "trains" }), true);
  assert.is(trains({ use: "rl", role: "prepares" }), false);
  assert.is(measures({ use: "benchmark", role: "measures" }), true);
  assert.is(measures({ use: "benchmark", role: "prepares" }), false);
});

test("roles: of runs made before, by the built-in stages' names", () => {
  for (const before of [{}, { role: null }]) {
    assert.equal([trains({ use: "rl", ...before }), trains({ use: "sft", ...before })], [true, false]);
    assert.equal([measures({ use: "evaluate", ...before }), measures({ use: "rl-replay", ...before })], [true, false]);
  }
});

test.run();
