// Training step and generation of tiny-vlm on each engine, interleaved, medians and the best (others may use the machine too): `npm run bench:engines [-- config…]`.

import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { randomStream } from "@rewardlab/core";
import type { Compiler, Model, Optimizer, Parameters, PromptBatch, ResponseBatch } from "@rewardlab/core";
import { standardComponents } from "@rewardlab/core";
import { compileFunction, startTensorflowBackend, startWasmBackend } from "@rewardlab/engines";
import type { CompileMode } from "@rewardlab/engines";
import { tinyVlm } from "./tiny-vlm.ts";

const uncompiled: Compiler = { compiles: false, compile: (fn) => fn };
const compilerOf = (mode: CompileMode): Compiler => ({ compiles: true, compile: (fn) => compileFunction(fn, mode) });
const engines: Record<string, { backend: string; compiler: Compiler }> = {
  wasm: { backend: "wasm", compiler: uncompiled },
  eager: { backend: "tensorflow", compiler: uncompiled },
  graph: { backend: "tensorflow", compiler: compilerOf("graph") },
  xla: { backend: "tensorflow", compiler: compilerOf("xla") },
};
const configs = {
  // the quickstart's minibatch: 32 prompts, 6 responses to each, and its rollout
  tiny: { options: {}, prompts: 32, samples: 6, tokens: 20, rolloutPrompts: 96, rounds: 9 },
  // the size of config i of our engine measurements: width 128, 4 layers, 16 rows of 128 columns, a vocabulary of about 512
  i: {
    options: {
      width: 128,
      layers: 4,
      heads: 4,
      kvHeads: 4,
      hiddenSize: 512,
      words: Array.from({ length: 240 }, (_, i) => `w${i}x`),
    },
    prompts: 16,
    samples: 1,
    tokens: 104,
    rolloutPrompts: 32,
    rounds: 7,
  },
} as const;

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const adamw = standardComponents.find(({ kind, name }) => kind === "optimizer" && name === "adamw")!;

interface Case {
  readonly train: () => Promise<void>;
  readonly generate: () => Promise<void>;
}

function makeCase(config: (typeof configs)[keyof typeof configs], compiler: Compiler): Case {
  const model = tinyVlm.create(tinyVlm.options.parse(config.options) as never, { compiler } as never) as Model;
  const optimizer = adamw.create(adamw.options.parse({ learningRate: 1e-3 }) as never, {} as never) as Optimizer;
  let parameters = model.initialParameters(randomStream(1, "bench"));
  let state = optimizer.initialState(parameters);
  let steps = 0;
  const prompts = (count: number): PromptBatch => ({
    images: tf.randomUniform([count, 36, 36, 3], 0, 1, "float32", 1) as tf.Tensor4D,
    promptIds: tf.ones([count, 16], "int32") as tf.Tensor2D,
    promptMask: tf.ones([count, 16]) as tf.Tensor2D,
  });
  const [asked, rolledOut] = [prompts(config.prompts), prompts(config.rolloutPrompts)];
  const rows = config.prompts * config.samples;
  const responses: ResponseBatch = {
    responseIds: tf.cast(tf.randomUniform([rows, config.tokens], 0, 80, "float32", 2), "int32") as tf.Tensor2D,
    mask: tf.ones([rows, config.tokens]) as tf.Tensor2D,
  };
  const step = compiler.compile(
    (theta: Parameters, before: Parameters, batch: { asked: PromptBatch; responses: ResponseBatch }, count: number | Scalar) => {
      const names = Object.keys(theta);
      const { value, grads } = tf.valueAndGrads((...xs: Tensor[]) => {
        const given = Object.fromEntries(names.map((name, index) => [name, xs[index]!]));
        return tf.neg(tf.mean(model.logProbs(given, batch.asked, batch.responses, 1))) as Scalar;
      })(Object.values(theta));
      const gradients = Object.fromEntries(names.map((name, index) => [name, grads[index]!]));
      const rate = typeof count === "number" ? 1e-3 : tf.scalar(1e-3);
      return { value, ...optimizer.step(theta, gradients, before, rate as never, count as never) };
    },
  );
  return {
    train: async () => {
      steps += 1;
      const made = tf.tidy(
        () => step(parameters, state, { asked, responses }, compiler.compiles ? tf.scalar(steps) : steps) as never,
      ) as ReturnType<typeof step>;
      await made.value.data();
      tf.dispose([parameters, state, made.value] as never);
      ({ parameters, state } = made);
    },
    generate: async () => {
      const random = randomStream(1, "generate");
      await model.generate(parameters, rolledOut, {
        samplesPerPrompt: config.samples,
        temperature: 1,
        maxNewTokens: config.tokens,
        random,
      });
    },
  };
}

const chosen = process.argv.slice(2).filter((name) => name in configs) as (keyof typeof configs)[];
await startWasmBackend();
const tensorflow = await startTensorflowBackend();
const names = Object.keys(engines).filter(
  (name) => (tensorflow !== null || name === "wasm") && !process.argv.includes(`no-${name}`),
);
for (const config of chosen.length > 0 ? chosen : (Object.keys(configs) as (keyof typeof configs)[])) {
  const cases: Record<string, Case> = {};
  const times: Record<string, { train: number[]; generate: number[]; first: [number, number] }> = {};
  const timed = async (name: string, what: keyof Case) => {
    await tf.setBackend(engines[name]!.backend);
    const started = performance.now();
    await cases[name]![what]();
    return performance.now() - started;
  };
  for (const name of names) {
    await tf.setBackend(engines[name]!.backend);
    cases[name] = makeCase(configs[config], engines[name]!.compiler);
    times[name] = { train: [], generate: [], first: [await timed(name, "train"), await timed(name, "generate")] };
  }
  for (let round = 0; round < configs[config].rounds; round++)
    for (const name of names) {
      times[name]!.train.push(await timed(name, "train"));
      if (round < 5) times[name]!.generate.push(await timed(name, "generate"));
    }
  for (const [name, { train, generate, first }] of Object.entries(times))
    console.log(
      `${config.padEnd(5)} ${name.padEnd(6)} train ${median(train).toFixed(0)} ms (best ${Math.min(...train).toFixed(0)}, first ${first[0].toFixed(0)}), generate ${median(generate).toFixed(0)} ms (best ${Math.min(...generate).toFixed(0)}, first ${first[1].toFixed(0)})`,
    );
}
