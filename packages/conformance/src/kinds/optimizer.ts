import * as tf from "@tensorflow/tfjs-core";
import type { Optimizer, Parameters } from "@rewardlab/core";
import { firstFar } from "../compare.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { expectNoLeak } from "../laws/leaks.ts";
import { DECLARES, expectDeclared, expectSoundMetrics } from "../laws/metrics.ts";
import type { Subject } from "../subject.ts";

type OptimizerLaw = Law<Subject<"optimizer">>;
type Values = Readonly<Record<string, readonly number[]>>;

/** A matrix and a vector. Each is an eighth of its gradient (exactly, in float32), so that weight decay, too, goes against the gradient. */
const shapes: Readonly<Record<string, readonly number[]>> = { weight: [2, 3], bias: [3] };
const gradientValues: Values = { weight: [0.5, -1, 2, 0.25, -0.75, 1.5], bias: [1, -2, 0.125] };
const parameterValues: Values = mapped(gradientValues, (value) => value / 8);
const fallbackRate = 0.01;

/** Runs with tensors of its own, which are freed however it ends. */
function withTensors<T>(body: (parameters: Parameters, gradients: Parameters) => T, gradients: Values = gradientValues): T {
  const [own, taken] = [tensorsOf(parameterValues), tensorsOf(gradients)];
  try {
    return body(own, taken);
  } finally {
    dispose(own);
    dispose(taken);
  }
}

const shapesStay: OptimizerLaw = {
  name: "a step keeps names and shapes",
  check: ({ create }) =>
    withTensors((parameters, gradients) => {
      const { part } = create();
      const state = part.initialState(parameters);
      const next = part.step(parameters, gradients, state, rateOf(part), 1);
      expectShapes("the new parameters", next.parameters, parameters);
      expectShapes("the new state", next.state, state);
      for (const tensors of [state, next.parameters, next.state]) dispose(tensors);
    }),
};

const pure: OptimizerLaw = {
  name: "a step leaves parameters, gradients and state as they are, and its results are new",
  check: ({ create }) =>
    withTensors((parameters, gradients) => {
      const { part } = create();
      const state = part.initialState(parameters);
      const given = { parameters, gradients, state };
      const before = Object.fromEntries(Object.entries(given).map(([what, tensors]) => [what, valuesOf(tensors)]));
      const next = part.step(parameters, gradients, state, rateOf(part), 1);
      for (const [what, tensors] of Object.entries(given))
        for (const [name, tensor] of Object.entries(tensors)) {
          if (tensor.isDisposed)
            broken({
              what: `it disposed ${name} of the ${what} given`,
              likely: "They stay the caller's: return new tensors and dispose none",
            });
          if (!same([...tensor.dataSync()], before[what]![name]!))
            broken({
              what: `it changed ${name} of the ${what} given`,
              likely: "A step is pure: no tf.variable().assign, no writing into dataSync()",
            });
        }
      const old = new Set(Object.values(given).flatMap((tensors) => Object.values(tensors)));
      for (const [what, tensors] of [
        ["parameters", next.parameters],
        ["state", next.state],
      ] as const)
        for (const [name, tensor] of Object.entries(tensors))
          if (old.has(tensor))
            broken({
              what: `its new ${what} hold a tensor that was given to it, ${name}`,
              likely: "Return tensor.clone(): the caller disposes the old ones",
            });
      for (const tensors of [state, next.parameters, next.state]) dispose(tensors);
    }),
};

const leaks: OptimizerLaw = {
  name: "leaks no tensor",
  check: ({ create }) =>
    withTensors((parameters, gradients) => {
      const { part, metrics } = create();
      expectNoLeak("a step", () => {
        const state = part.initialState(parameters);
        const next = part.step(parameters, gradients, state, rateOf(part), 1);
        for (const tensors of [state, next.parameters, next.state]) dispose(tensors);
        metrics.take();
      });
    }),
};

const descends: OptimizerLaw = {
  name: "the first step goes against the gradient",
  check: ({ create }) => {
    const { part } = create();
    const [moved] = steps(part, 1);
    const along = Object.entries(gradientValues).reduce(
      (sum, [name, gradient]) =>
        sum +
        gradient.reduce((own, g, index) => own + g * (moved!.parameters[name]![index]! - parameterValues[name]![index]!), 0),
      0,
    );
    if (!(along < 0))
      broken({
        what: "the change of the parameters, times the gradient, is not below 0",
        input: `parameters ${JSON.stringify(parameterValues)}\ngradients ${JSON.stringify(gradientValues)}\nlearning rate ${rateOf(part)}`,
        expected: "less than 0: the loss falls",
        came: String(along),
        likely: along > 0 ? "The sign: the step is θ − η·g" : "The learning rate or the gradient is not used",
      });
    const still = steps(part, 1, { rate: 0 })[0]!.parameters;
    for (const [name, values] of Object.entries(parameterValues))
      if (firstFar(still[name]!, values) !== -1)
        broken({
          what: `with a learning rate of 0, ${name} moves all the same`,
          likely: "Multiply the whole step by the learning rate given, weight decay too: it is the schedule's",
        });
  },
};

const sameBytes: OptimizerLaw = {
  name: "same input, same bytes, also from a saved state",
  check: ({ create }) => {
    const { part } = create();
    const going = steps(part, 3);
    const again = steps(part, 3);
    const anew = steps(create().part, 3);
    // steps() goes from step to step by plain numbers, as a checkpoint does; here the middle is a part that has seen nothing
    const resumed = steps(create().part, 3, { from: going[1]!, at: 2 });
    const compare = (when: string, came: Step, expected: Step, likely: string) => {
      for (const what of ["parameters", "state"] as const)
        for (const [name, values] of Object.entries(expected[what]))
          if (!same(came[what][name]!, values))
            broken({
              what: `${when} gives another ${what === "state" ? "state" : "parameter"} ${name}`,
              expected: JSON.stringify(values),
              came: JSON.stringify(came[what][name]),
              likely,
            });
    };
    compare(
      "a second run with the same part",
      again[2]!,
      going[2]!,
      "It keeps something in the part. All that an optimizer remembers is in its state, which checkpoints save",
    );
    compare("a part created anew", anew[2]!, going[2]!, "It has state outside its state, or draws by Math.random");
    compare(
      "a run that goes on from a saved state",
      resumed[0]!,
      going[2]!,
      "What it needs of earlier steps is not in its state: put it there, or compute it from `step`",
    );
  },
};

const byName: OptimizerLaw = {
  name: "finds gradients by name",
  check: ({ create }) => {
    const { part } = create();
    const reversed = Object.fromEntries(Object.entries(gradientValues).toReversed());
    const [expected, came] = [steps(part, 1)[0]!, steps(part, 1, { gradients: reversed })[0]!];
    for (const [name, values] of Object.entries(expected.parameters))
      if (!same(came.parameters[name]!, values))
        broken({
          what: `with the gradients in another order ${name} is another`,
          likely: "Look up gradients[name]; an object's order says nothing",
        });
  },
};

const finite: OptimizerLaw = {
  name: "finite on extremes",
  check: ({ create }) => {
    for (const size of [0, 1e-30, 1e10]) {
      const { part, metrics } = create();
      const [next] = steps(part, 1, { gradients: mapped(gradientValues, (value) => value * size) });
      for (const [name, values] of Object.entries({ ...next!.parameters, ...next!.state })) {
        const index = values.findIndex((value) => !Number.isFinite(value));
        if (index !== -1)
          broken({
            what: `with gradients of about ${size}, ${name} is ${values[index]}`,
            expected: "a finite number",
            likely:
              "A division by a norm or by √v that is 0: add ε. (What is not finite in the gradients themselves, core stops before)",
          });
      }
      expectSoundMetrics(metrics.take(), `gradients of about ${size}`);
    }
  },
};

const metricsAreDeclared: OptimizerLaw = {
  name: DECLARES,
  check: ({ create }) => {
    const { part, metrics, declared } = create();
    steps(part, 1);
    expectDeclared(metrics.take(), declared);
  },
};

export const optimizerLaws: readonly OptimizerLaw[] = [
  shapesStay,
  pure,
  leaks,
  descends,
  sameBytes,
  byName,
  finite,
  metricsAreDeclared,
];

// ---------------------------------------------------------------- steps as plain numbers

interface Step {
  readonly parameters: Values;
  readonly state: Values;
}

interface StepsOptions {
  readonly gradients?: Values;
  readonly rate?: number;
  /** Goes on after step `at`. */
  readonly from?: Step;
  readonly at?: number;
}

/** Parameters and state after each step up to `last`; between two steps everything goes through plain numbers. */
function steps(
  part: Optimizer,
  last: number,
  { gradients = gradientValues, rate = rateOf(part), from, at = 0 }: StepsOptions = {},
): Step[] {
  const made: Step[] = [];
  const stateShapes = withTensors((parameters) => {
    const state = part.initialState(parameters);
    const known = Object.fromEntries(
      Object.entries(state).map(([name, tensor]) => [name, { shape: tensor.shape, values: [...tensor.dataSync()] }]),
    );
    dispose(state);
    return known;
  });
  let current: Step = from ?? {
    parameters: parameterValues,
    state: Object.fromEntries(Object.entries(stateShapes).map(([name, { values }]) => [name, values])),
  };
  for (let step = at + 1; step <= last; step++) {
    const state = Object.fromEntries(
      Object.entries(current.state).map(([name, values]) => [name, tf.tensor(values as number[], stateShapes[name]!.shape)]),
    );
    const [parameters, taken] = [tensorsOf(current.parameters), tensorsOf(mapped(gradients, (value) => value / step))];
    const next = part.step(parameters, taken, state, rate, step);
    current = { parameters: valuesOf(next.parameters), state: valuesOf(next.state) };
    made.push(current);
    for (const tensors of [state, parameters, taken, next.parameters, next.state]) dispose(tensors);
  }
  return made;
}

function expectShapes(what: string, given: Parameters, expected: Parameters): void {
  const list = (tensors: Parameters) => Object.keys(tensors).sort().join(", ") || "none";
  if (list(given) !== list(expected))
    broken({
      what: `${what} have other names`,
      expected: list(expected),
      came: list(given),
      likely: "One entry for each parameter (of each state), under its own name",
    });
  for (const [name, tensor] of Object.entries(expected))
    if (String(given[name]!.shape) !== String(tensor.shape))
      broken({
        what: `${what}: ${name} has another shape`,
        expected: `[${tensor.shape.join(", ")}]`,
        came: `[${given[name]!.shape.join(", ")}]`,
      });
}

const rateOf = (part: Optimizer): number => (part.learningRate > 0 ? part.learningRate : fallbackRate);
const same = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
const dispose = (tensors: Parameters) => tf.dispose(Object.values(tensors).filter((tensor) => !tensor.isDisposed));

function tensorsOf(values: Values): Parameters {
  return Object.fromEntries(Object.entries(values).map(([name, own]) => [name, tf.tensor(own as number[], [...shapes[name]!])])); // shape of each
}
function valuesOf(tensors: Parameters): Values {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, [...tensor.dataSync()]]));
}
function mapped(values: Values, change: (value: number) => number): Values {
  return Object.fromEntries(Object.entries(values).map(([name, own]) => [name, own.map(change)]));
}
