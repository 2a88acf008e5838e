// Imported before a test file by `npm test -- --engine NAME`: makes that engine's backend the current one, and says in the end how many kernels
// ran on it, so that a file that used another doesn't count. Ends with 3 where the engine can't start.

import { buildRegistry, createContainer } from "@rewardlab/core/host";
import definitions, { startEngine } from "@rewardlab/engines";
import * as tf from "@tensorflow/tfjs-core";
import { writeSync } from "node:fs";

const name = process.env.REWARDLAB_TEST_ENGINE;
const component = definitions.components.find((one) => one.name === name);
if (component === undefined) {
  const known = definitions.components.map((one) => one.name).join(", ");
  console.error(`test: --engine ${name}: there is no such engine; there are ${known}.`);
  process.exit(1);
}
const registry = buildRegistry([{ plugin: definitions, version: "1.0.0", integrity: null }]);
try {
  await startEngine(name, registry, createContainer(registry));
} catch (error) {
  console.error(error.message);
  process.exit(3);
}

const engine = tf.engine();
const backend = tf.getBackend();
const { runKernel } = engine;
let kernels = 0;
engine.runKernel = function (...call) {
  if (engine.backendName === backend) kernels += 1;
  return runKernel.apply(engine, call);
};
process.on("exit", () => writeSync(1, `\nengine ${name}: ${kernels} kernels\n`));
