import * as tf from "@tensorflow/tfjs-core";
import { defineEngine } from "./define-engine.ts";
import { quietTfjs } from "./quiet.ts";

/** tfjs's plain JavaScript backend: slow, always there, the reference in tests and what `rewardlab probe` uses. */
export const cpu = defineEngine({
  name: "cpu",
  summary: "plain JavaScript, the reference",
  start: async () => {
    await import("@tensorflow/tfjs");
    quietTfjs();
    await tf.setBackend("cpu");
    return `tfjs ${tf.version_core}, one thread`;
  },
  advice: "It comes with @tensorflow/tfjs: run the set-up again",
});
