// Which engine a run gets, and what is said where it isn't the one that was named.

import "@tensorflow/tfjs";
import { definePlugin, RunError } from "@rewardlab/core";
import { buildRegistry, createContainer } from "@rewardlab/core/host";
import type { Compiler, Component } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { probeEngines, startEngine } from "./choose.ts";
import { defineEngine } from "./define-engine.ts";

const compiler: Compiler = { compiles: true, compile: (fn) => fn };
const there = (name: string, more: object = {}) =>
  defineEngine({
    name,
    summary: name,
    start: async () => {
      await tf.setBackend("cpu");
      return `${name} 1.0`;
    },
    advice: "none",
    ...more,
  });
const away = (name: string) =>
  defineEngine({ name, summary: name, start: () => Promise.reject(new Error("it is not there\nand more")), advice: "Get it" });
function registryOf(...components: Component<"engine">[]) {
  const plugin = definePlugin({ name: "engines", api: "^1", components });
  const registry = buildRegistry([{ plugin, version: "1", integrity: null }]);
  return [registry, createContainer(registry)] as const;
}

test("auto: the first that starts, with how it compiles", async () => {
  const engines = [away("tensorflow-gpu"), there("tensorflow", { compiler }), there("wasm"), there("cpu")];
  const report = await startEngine("auto", ...registryOf(...engines));
  const gpu = { name: "tensorflow-gpu", available: false, detail: "it is not there. Get it" };
  assert.equal(report, { name: "tensorflow", available: true, detail: "tensorflow 1.0", compiler, passedOver: [gpu] });
});

test("auto: what it passed over, and why", async () => {
  const report = await startEngine("auto", ...registryOf(away("tensorflow-gpu"), away("tensorflow"), there("wasm")));
  assert.is(report.name, "wasm");
  assert.equal(
    report.passedOver?.map(({ name, detail }) => `${name}: ${detail}`),
    ["tensorflow-gpu: it is not there. Get it", "tensorflow: it is not there. Get it"],
  );
});

test("auto: where none starts, why each doesn't", async () => {
  try {
    await startEngine("auto", ...registryOf(...["tensorflow-gpu", "tensorflow", "wasm", "cpu"].map(away)));
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /none starts here: .*wasm: it is not there\. Get it; cpu: /);
  }
});

test("an error that says itself what to do gets no other advice: what is broken isn't mended by installing it", async () => {
  const broken = there("tensorflow", { start: () => Promise.reject(new RunError("RL_COMPILER", "no compiler. Install one")) });
  const [report] = await probeEngines(...registryOf(broken));
  assert.is(report!.detail, "no compiler. Install one");
});

test("one that is named and can't start: why, and the next that would", async () => {
  const engines = [there("tensorflow-gpu"), away("tensorflow"), there("wasm"), there("cpu")];
  try {
    await startEngine("tensorflow", ...registryOf(...engines));
    assert.unreachable();
  } catch (error) {
    assert.is((error as { code: string }).code, "RL_ENGINE");
    assert.is((error as Error).name, "InputError"); // so a run isn't tried a second time
    assert.is(
      (error as Error).message,
      "engine tensorflow: can't start: it is not there. Get it. `engine: wasm` works here: wasm 1.0",
    );
  }
});

test("probe: each engine, and the speed of those that are there", async () => {
  const [missing, cpu] = await probeEngines(...registryOf(away("tensorflow"), there("cpu")));
  assert.equal(missing, { name: "tensorflow", available: false, detail: "it is not there. Get it", gflops: null });
  assert.ok(cpu!.gflops! > 0.01 && cpu!.gflops! < 1e5, `${cpu!.gflops}`);
});

test.run();
