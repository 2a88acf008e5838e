// The fused AdamW kernel against core's composition.

import { standardComponents } from "@rewardlab/core/host";
import type { Optimizer, Parameters } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startWasmBackend } from "./backend.ts";

await startWasmBackend();
const adamw = standardComponents.find(({ kind, name }) => kind === "optimizer" && name === "adamw")!;

test("adamw: kernel and composition agree over steps", () => {
  for (const size of [1, 4, 7, 33]) {
    const values = (seed: number) =>
      tf.tensor1d(Array.from({ length: size }, (_, index) => Math.sin(seed * 12.9 + index * 78.2)));
    const run = (backend: string) => {
      tf.setBackend(backend);
      const optimizer = adamw.create(
        { learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 } as never,
        {} as never,
      ) as Optimizer;
      return tf.tidy(() => {
        let parameters: Parameters = { x: values(1) };
        let state = optimizer.initialState(parameters);
        for (let step = 1; step <= 5; step++)
          ({ parameters, state } = optimizer.step(parameters, { x: values(step + 1) }, state, 0.01, step));
        return tf.concat([parameters.x!, state["m.x"]!, state["v.x"]!]).dataSync();
      });
    };
    const expected = run("cpu");
    // Five steps of float32 arithmetic on numbers below 1, in another order of operations.
    run("wasm").forEach((x: number, index: number) =>
      assert.ok(Math.abs(x - expected[index]!) < 1e-6, `${x}, expected ${expected[index]}`),
    );
  }
});

test.run();
