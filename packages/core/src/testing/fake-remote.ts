import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/storage";
import { adamw } from "../components/optimizer/adamw.ts";
import { sgd } from "../components/optimizer/sgd.ts";
import type { HostResponses, KeptPolicy, Model, Optimizer, OptimizerDescription, Parameters, RemoteModel } from "../kinds.ts";
import { model as modelComponent } from "../plugin/component.ts";
import type { Component } from "../plugin/component.ts";
import { trainsOf } from "../plugin/frozen.ts";
import { lossAndGradients, optimizerStep } from "../training/update.ts";
import { fakeModel } from "./fake-model.ts";
import { createModel, createPart } from "./tensors.ts";

/** Tensors as a service has them: none of them is the trainer's. */
type Values = Readonly<Record<string, { readonly shape: number[]; readonly numbers: Float32Array }>>;

/** A policy as the service has it. */
export interface FakePolicy {
  readonly parameters: Values;
  /** null before the first step. */
  readonly optimizerState: Values | null;
  readonly steps: number;
}

/** A service that is none: what it keeps outlives the models that ask it, as a process may. */
export interface FakeService {
  /** What was kept, by the name that `keep` gave with a number. */
  readonly kept: Map<string, FakePolicy>;
  /** What was asked of it, in order. */
  readonly calls: string[];
  /** How often it has kept something. */
  times: number;
}

/** One that keeps nothing yet. */
export function fakeService(): FakeService {
  return { kept: new Map(), calls: [], times: 0 };
}

export interface FakeRemote extends RemoteModel {
  /** Its weights now; the caller's. */
  parameters(): Parameters;
}

/** A model here, as a service would hold it: by the same engine, so that the two can be compared. */
export function fakeRemote(model: Model, service: FakeService = fakeService()): FakeRemote {
  let policy: FakePolicy = { parameters: {}, optimizerState: null, steps: 0 };
  let gradient: Values | null = null;
  const keep = (name: string): KeptPolicy => {
    const whole = `${name}.${service.times++}`;
    service.kept.set(whole, policy);
    return { name: whole };
  };
  const keptPolicy = ({ name }: KeptPolicy): FakePolicy => {
    const found = service.kept.get(String(name));
    if (found === undefined) throw new InputError("RL_REMOTE", `in this process: keeps no policy ${String(name)}`);
    return found;
  };
  return {
    kind: "remote",
    at: "in this process",
    optimizers: Object.keys(optimizers),
    tokenizer: model.tokenizer,
    contextLength: model.contextLength,
    ...(model.promptLimit && { promptLimit: model.promptLimit }),
    ...(model.neverGenerated && { neverGenerated: model.neverGenerated }),
    prompts: (items) => model.prompts(items),
    promptLength: (item) => model.promptLength(item),
    begin: async (random) => {
      service.calls.push("begin");
      const parameters = model.initialParameters(random);
      policy = { parameters: valuesOf(parameters), optimizerState: null, steps: 0 };
      tf.dispose(parameters);
      return keep("begin");
    },
    logProbs: async (prompts, responses, temperature, of) => {
      service.calls.push(`logProbs of ${of === null ? "the policy" : String(of.name)}`);
      const { parameters } = of === null ? policy : keptPolicy(of);
      return tf.tidy(() => {
        const found = model.logProbs(tensorsOf(parameters), prompts, onDevice(responses), temperature); // [B, T]
        return found.dataSync().slice() as Float32Array;
      });
    },
    generate: async (prompts, options) => {
      const parameters = tensorsOf(policy.parameters);
      try {
        return await model.generate(parameters, prompts, options);
      } finally {
        tf.dispose(parameters);
      }
    },
    backward: async (prompts, responses, temperature, dLogProbs) => {
      service.calls.push("backward");
      gradient = tf.tidy(() => {
        const batch = onDevice(responses);
        const up = tf.tensor2d(dLogProbs, batch.mask.shape); // [B, T]
        const { gradients } = lossAndGradients(
          tensorsOf(policy.parameters),
          (parameters) => tf.sum(tf.mul(model.logProbs(parameters, prompts, batch, temperature), up) as Tensor2D) as Scalar, // []
          trainsOf(model),
        );
        const before = gradient === null ? {} : tensorsOf(gradient);
        const sum = Object.entries(gradients).map(([name, one]) => [name, before[name] ? tf.add(before[name], one) : one]);
        return valuesOf(Object.fromEntries(sum) as Parameters) as never;
      });
    },
    step: async ({ optimizer: description, learningRate, gradientClip }) => {
      service.calls.push("step");
      const optimizer = optimizerOf(description);
      const parameters = tensorsOf(policy.parameters);
      const trained = {
        parameters,
        optimizerState: policy.optimizerState === null ? optimizer.initialState(parameters) : tensorsOf(policy.optimizerState),
        steps: policy.steps,
      };
      const taken = { loss: 0, gradients: tensorsOf(gradient ?? {}) };
      gradient = null;
      const stepped = optimizerStep(trained, taken, { optimizer, learningRate, gradientClip });
      policy = {
        parameters: valuesOf(stepped.trained.parameters),
        optimizerState: valuesOf(stepped.trained.optimizerState),
        steps: stepped.trained.steps,
      };
      tf.dispose([stepped.trained.parameters, stepped.trained.optimizerState]);
      return { gradientNorm: stepped.gradientNorm };
    },
    keep: async (name) => {
      service.calls.push(`keep ${name}`);
      return keep(name);
    },
    goBack: async (given, optimizer) => {
      service.calls.push(`goBack ${String(given.name)}`);
      const found = keptPolicy(given);
      policy = optimizer === "as it was" ? found : { ...found, optimizerState: null, steps: 0 };
      gradient = null;
    },
    drop: async ({ name }) => {
      service.calls.push(`drop ${String(name)}`);
      service.kept.delete(String(name));
    },
    parameters: () => tensorsOf(policy.parameters),
  };
}

/** The fake model behind a fake service, for experiments: `model: fake-remote`. `change` makes something else of it. */
export function fakeRemoteModel(
  service: FakeService,
  change: (model: FakeRemote) => object = (model) => model,
): Component<"model"> {
  return modelComponent({
    name: "fake-remote",
    summary: "a table of logits, as a service would hold it",
    options: fakeModel.options,
    weightsAt: () => "in this process",
    create: (options) => change(fakeRemote(createModel(fakeModel, options), service)) as RemoteModel,
  });
}

const optimizers: Readonly<Record<string, Component<"optimizer">>> = { adamw, sgd };

function optimizerOf({ name, options }: OptimizerDescription): Optimizer {
  const known = optimizers[name];
  if (known === undefined) throw new InputError("RL_REMOTE", `in this process: knows no optimizer ${name}`);
  return createPart(known, { learningRate: 0, ...options }).part;
}

function tensorsOf(values: Values): Parameters {
  return Object.fromEntries(
    Object.entries(values).map(([name, { shape, numbers }]) => [name, tf.tensor(numbers.slice(), shape)]),
  );
}

function valuesOf(tensors: Parameters): Values {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      { shape: tensor.shape, numbers: tensor.dataSync().slice() as Float32Array },
    ]),
  );
}

function onDevice({ tokens, responseIds, mask }: HostResponses) {
  const rows = mask.length / tokens;
  return {
    responseIds: tf.tensor2d(responseIds, [rows, tokens], "int32"), // [B, T]
    mask: tf.tensor2d(mask, [rows, tokens]), // [B, T]
  };
}
