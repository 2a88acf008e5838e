// The binding against a real libtensorflow: values, errors, memory, and what must not crash it. `npm run test:sanitized` runs this file with the
// address sanitizer.

import { test } from "uvu";
import * as assert from "uvu/assert";
import { startTensorflow } from "./binding.ts";
import type { NativeBinding } from "./binding.ts";
import { buildBinding } from "./build.ts";
import { findLibraries } from "./libraries.ts";
import { opInputs } from "./op-definition.ts";

const libraries = findLibraries("cpu");
const sanitize = process.env["REWARDLAB_SANITIZE"] === "1";
const native = libraries && startTensorflow(buildBinding({ sanitize }), libraries).binding;
const [FLOAT, INT32, STRING, COMPLEX, INT64, BOOL] = [1, 3, 7, 8, 9, 10];
const [ATTR_INT, ATTR_BOOL, ATTR_TYPE] = [1, 3, 4];

function check(title: string, body: (binding: NativeBinding) => void): void {
  if (native) test(`binding: ${title}`, () => body(native));
  else test.skip(`binding: ${title} (libtensorflow is not installed: npx rewardlab engines install tensorflow)`, () => {});
}
const type = (value: unknown, name = "T") => ({ name, type: ATTR_TYPE, value });
const error = (body: () => unknown): { message: string; code?: string } => {
  try {
    body();
  } catch (caught) {
    return caught as Error;
  }
  throw new Error("it did not throw");
};

check("says its version and its devices", (binding) => {
  assert.match(binding.version(), /^2\.\d+\.\d+/);
  assert.is(binding.listDevices()[0]?.type, "CPU");
});

check("values of every dtype come back as they went in", (binding) => {
  for (const [dtype, shape, values] of [
    [FLOAT, [2, 2], Float32Array.of(1, -2.5, NaN, Infinity)],
    [FLOAT, [], Float32Array.of(7)],
    [FLOAT, [0, 3], new Float32Array(0)],
    [INT32, [3], Int32Array.of(1, -2, 2147483647)],
    [INT64, [1], BigInt64Array.of(-5n)],
    [BOOL, [2], Uint8Array.of(1, 0)],
    [COMPLEX, [1], Float32Array.of(1, 2)],
  ] as const) {
    const id = binding.createTensor(shape, dtype, values);
    assert.equal([...binding.tensorDataSync(id)], [...values]);
    assert.is(binding.tensorDataSync(id).constructor, values.constructor);
    binding.deleteTensor(id);
  }
  const texts = [new TextEncoder().encode("a"), new TextEncoder().encode("ä".repeat(100)), new Uint8Array(0)];
  const id = binding.createTensor([3], STRING, texts);
  assert.equal(binding.tensorDataSync(id) as unknown, texts);
  binding.deleteTensor(id);
});

check("an op runs and says shape and dtype of its result", (binding) => {
  const a = binding.createTensor([1, 2], FLOAT, Float32Array.of(1, 2));
  const b = binding.createTensor([2, 1], FLOAT, Float32Array.of(3, 4));
  const attributes = [
    type(FLOAT),
    { name: "transpose_a", type: ATTR_BOOL, value: false },
    { name: "transpose_b", type: ATTR_BOOL, value: false },
  ];
  const [product] = binding.executeOp("MatMul", attributes, [a, b], 1);
  assert.equal({ shape: product!.shape, dtype: product!.dtype }, { shape: [1, 1], dtype: FLOAT });
  assert.is(binding.tensorDataSync(product!.id)[0], 11); // 1·3 + 2·4
  for (const id of [a, b, product!.id]) binding.deleteTensor(id);
});

check("TensorFlow's errors are JavaScript's, with its message and status", (binding) => {
  const x = binding.createTensor([2], FLOAT, new Float32Array(2));
  const matMul = error(() => binding.executeOp("MatMul", [type(FLOAT)], [x, x], 1));
  assert.is(matMul.code, "INVALID_ARGUMENT");
  assert.match(matMul.message, /MatMul: .*ndims/i);
  assert.is(error(() => binding.executeOp("NoSuchOp", [], [], 0)).code, "NOT_FOUND");
  assert.is(error(() => binding.executeOp("Add", [type(FLOAT)], [x], 1)).code, "INVALID_ARGUMENT");
  binding.deleteTensor(x);
  assert.is(error(() => binding.tensorDataSync(x)).code, "NO_TENSOR");
  assert.is(error(() => binding.deleteTensor(x)).code, "NO_TENSOR");
  assert.is(binding.releaseTensor(x), false);
});

check("counts tensors and bytes, and frees them", (binding) => {
  const [tensors, bytes] = [binding.getNumOfTensors(), binding.getNumOfBytes()];
  const id = binding.createTensor([1000], FLOAT, new Float32Array(1000));
  assert.is(binding.getNumOfTensors(), tensors + 1);
  assert.is(binding.getNumOfBytes(), bytes + 4000);
  assert.is(binding.releaseTensor(id), true);
  assert.equal([binding.getNumOfTensors(), binding.getNumOfBytes()], [tensors, bytes]);
});

check("a graph becomes a function", (binding) => {
  const graph = binding.newGraph();
  const [x] = binding.addNode(graph, "Placeholder", [type(FLOAT, "dtype"), { name: "shape", type: 5, value: [2, 3] }], [], []);
  assert.equal(x!.shape, [2, 3]);
  const axis = binding.addConstant(graph, [], INT32, Int32Array.of(0));
  const [joined] = binding.addNode(graph, "ConcatV2", [type(FLOAT), type(INT32, "Tidx")], [x!.id, x!.id, axis.id], [2, -1]);
  assert.equal(joined!.shape, [4, 3]);
  binding.addFunction(graph, "twice_over", [x!.id], [joined!.id]);
  binding.deleteGraph(graph);
  const id = binding.createTensor([2, 3], FLOAT, Float32Array.of(1, 2, 3, 4, 5, 6));
  const [result] = binding.executeOp("twice_over", [], [id], 1);
  assert.equal([...binding.tensorDataSync(result!.id)], [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
  binding.removeFunction("twice_over");
  assert.is(error(() => binding.executeOp("twice_over", [], [id], 1)).code, "NOT_FOUND");
  for (const one of [id, result!.id]) binding.deleteTensor(one);
});

check("a graph infers shapes and refuses what doesn't fit", (binding) => {
  const graph = binding.newGraph();
  const a = binding.addConstant(graph, [2, 3], FLOAT, new Float32Array(6));
  const matMul = error(() => binding.addNode(graph, "MatMul", [type(FLOAT)], [a.id, a.id], [-1, -1]));
  assert.match(matMul.message, /Dimensions must be equal/);
  const [where] = binding.addNode(graph, "Where", [type(FLOAT)], [a.id], [-1]);
  assert.equal(where!.shape, [-1, 2]); // how many, only the values say
  assert.is(error(() => binding.addNode(graph, "Identity", [type(FLOAT)], [99], [-1])).code, "NO_OUTPUT");
  assert.is(error(() => binding.addFunction(graph, "f", [], [99])).code, "NO_OUTPUT");
  assert.match(error(() => binding.addNode(graph, "Identity", [type(FLOAT)], [a.id], [])).message, /1 inputs, expected 0/);
  binding.deleteGraph(graph);
  assert.is(error(() => binding.deleteGraph(graph)).code, "NO_GRAPH");
});

check("reads an op's definition", (binding) => {
  const graph = binding.newGraph();
  assert.equal(opInputs(binding.opDefinition(graph, "ConcatV2")), [
    { name: "values", numberAttribute: "N", typeListAttribute: null },
    { name: "axis", numberAttribute: null, typeListAttribute: null },
  ]);
  assert.is(opInputs(binding.opDefinition(graph, "IdentityN"))[0]?.typeListAttribute, "T");
  assert.is(error(() => binding.opDefinition(graph, "NoSuchOp")).code, "NOT_FOUND");
  binding.deleteGraph(graph);
});

check("hostile arguments are errors", (binding) => {
  const loose = binding as unknown as Record<string, (...args: unknown[]) => unknown>;
  const floats = new Float32Array(4);
  const trap = {
    get name() {
      throw new Error("from a getter");
    },
  };
  const hostile: [string, ...unknown[]][] = [
    ["createTensor"],
    ["createTensor", null, FLOAT, floats],
    ["createTensor", [-1], FLOAT, floats],
    ["createTensor", [1.5], FLOAT, floats],
    ["createTensor", [NaN], FLOAT, floats],
    ["createTensor", ["2", 2], FLOAT, floats],
    ["createTensor", [5], FLOAT, floats],
    ["createTensor", [2 ** 53, 2 ** 53], FLOAT, floats],
    ["createTensor", [2 ** 31, 2 ** 31, 0], FLOAT, new Float32Array(0)],
    ["createTensor", Array(300).fill(1), FLOAT, Float32Array.of(1)],
    ["createTensor", [4], 99, floats],
    ["createTensor", [4], 20, floats],
    ["createTensor", [4], -1, floats],
    ["createTensor", [4], INT32, floats],
    ["createTensor", [4], FLOAT, [1, 2, 3, 4]],
    ["createTensor", [4], FLOAT, new DataView(new ArrayBuffer(16))],
    ["createTensor", [2], STRING, ["a", "b"]],
    ["createTensor", [2], STRING, [new Uint8Array(1)]],
    ["deleteTensor", "1"],
    ["deleteTensor", -1],
    ["deleteTensor", 2 ** 53 - 1],
    ["tensorDataSync", Infinity],
    ["tensorDataSync", {}],
    ["executeOp", "Add", [], [], 1],
    ["executeOp", 5, [], [], 1],
    ["executeOp", "Add", [], [], -1],
    ["executeOp", "Add", [], [], 1e9],
    ["executeOp", "Add", [null], [], 1],
    ["executeOp", "Add", [trap], [], 1],
    ["executeOp", "Add", [{ name: "T", type: ATTR_TYPE, value: 1e9 }], [], 1],
    ["executeOp", "Add", [{ name: "T", type: 7, value: 1 }], [], 1],
    ["executeOp", "Add", [{ name: "T", type: ATTR_INT, value: 2 ** 60 }], [], 1],
    ["executeOp", "Add", [{ name: "T", type: ATTR_BOOL, value: 1 }], [], 1],
    ["executeOp", "Add", [{ name: "T", type: 5, value: [-3] }], [], 1],
    ["executeOp", "Add", [], [123456], 1],
    ["executeOp", "Add\0more", [], [], 1],
    ["deleteGraph", 12345],
    ["addNode", 12345, "Identity", [], [], []],
    ["addConstant", 12345, [1], FLOAT, floats],
    ["addFunction", 12345, "f", [], []],
    ["removeFunction", "not there"],
    ["opDefinition", 12345, "Add"],
    ["open", null],
    ["start", "config"],
  ];
  const before = binding.getNumOfTensors();
  for (const [name, ...args] of hostile) {
    if (name === "start") continue; // started: it is not done twice
    assert.throws(() => loose[name]!(...args), /./, `${name} ${String(args[0])}`);
  }
  assert.match(error(() => loose["executeOp"]!("Add", [trap], [], 1)).message, /from a getter/);
  assert.is(binding.getNumOfTensors(), before);
});

check("what a graph is given is checked as well", (binding) => {
  const graph = binding.newGraph();
  for (const [attributes, inputs, lists] of [
    [[], [-1], [-1]],
    [[], [0], [-1]],
    [[], [], [5]],
    [[], [], [2 ** 52]],
    [[type(FLOAT), { name: "none", type: ATTR_INT, value: 3 }], [], []],
  ] as const)
    assert.throws(() => binding.addNode(graph, "Identity", attributes, inputs, lists));
  assert.throws(() => binding.addNode(graph, "NoSuchOp", [], [], []));
  assert.throws(() => binding.addConstant(graph, [3], FLOAT, new Float32Array(2)));
  binding.deleteGraph(graph);
});

const ATTR_FLOAT = 2;
/** Each op of our own with inputs that fit: names, shapes and dtypes, then what it gives. */
const ownOps: readonly [string, readonly (readonly [readonly number[], number])[], readonly string[], number][] = [
  ["RewardlabAttention", [[[2, 3, 4, 8], FLOAT], [[2, 5, 2, 8], FLOAT], [[2, 5, 2, 8], FLOAT], [[2, 5], FLOAT], [[], INT32]], ["scale"], 2],
  ["RewardlabAttentionGrad", [[[2, 3, 4, 8], FLOAT], [[2, 5, 2, 8], FLOAT], [[2, 5, 2, 8], FLOAT], [[0], FLOAT], [[], INT32], [[2, 3, 4, 8], FLOAT], [[2, 3, 4], FLOAT], [[2, 3, 4, 8], FLOAT]], ["scale"], 3],
  ["RewardlabAppendToCache", [[[2, 5, 2, 8], FLOAT], [[2, 1, 2, 8], FLOAT], [[], INT32]], [], 1],
  ["RewardlabMatMul", [[[3, 5], FLOAT], [[5, 7], FLOAT]], [], 1],
  ["RewardlabMatMulTransposed", [[[3, 5], FLOAT], [[7, 5], FLOAT]], [], 1],
  ["RewardlabRmsNorm", [[[3, 5], FLOAT], [[5], FLOAT]], ["epsilon"], 1],
  ["RewardlabRmsNormGrad", [[[3, 5], FLOAT], [[5], FLOAT], [[3, 5], FLOAT]], ["epsilon"], 2],
  ["RewardlabSwiglu", [[[3, 5], FLOAT], [[3, 5], FLOAT]], [], 1],
  ["RewardlabSwigluGrad", [[[3, 5], FLOAT], [[3, 5], FLOAT], [[3, 5], FLOAT]], [], 2],
  ["RewardlabRope", [[[2, 3, 4, 8], FLOAT], [[3, 4], FLOAT], [[3, 4], FLOAT]], ["direction"], 1],
  ["RewardlabAdamW", [[[3, 5], FLOAT], [[3, 5], FLOAT], [[3, 5], FLOAT], [[3, 5], FLOAT], [[], FLOAT], [[], FLOAT]], ["beta1", "rest1", "log1", "beta2", "rest2", "log2", "epsilon", "weight_decay"], 3],
  ["RewardlabTokenLogProbs", [[[3, 5], FLOAT], [[3], INT32]], [], 2],
  ["RewardlabTokenLogProbsGrad", [[[3, 5], FLOAT], [[3], INT32], [[3], FLOAT], [[3], FLOAT]], [], 1],
  ["RewardlabTokenEntropies", [[[3, 5], FLOAT]], [], 2],
  ["RewardlabTokenEntropiesGrad", [[[3, 5], FLOAT], [[3], FLOAT], [[3], FLOAT], [[3], FLOAT]], [], 1],
  ["RewardlabSampleTokens", [[[3, 5], FLOAT], [[3], FLOAT]], ["temperature"], 2],
]; // prettier-ignore

check("ops of our own refuse inputs that don't fit, and leave nothing", (binding) => {
  const before = binding.getNumOfTensors();
  const run = (
    name: string,
    inputs: readonly (readonly [readonly number[], number])[],
    attributes: readonly string[],
    outputs: number,
  ) => {
    const ids = inputs.map(([shape, dtype]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return binding.createTensor(shape, dtype, dtype === INT32 ? new Int32Array(size) : new Float32Array(size).fill(0.5));
    });
    try {
      const made = binding.executeOp(name, attributes.map((one) => ({ name: one, type: ATTR_FLOAT, value: 0.5 })), ids, outputs); // prettier-ignore
      for (const { id } of made) binding.deleteTensor(id);
    } finally {
      for (const id of ids) binding.deleteTensor(id);
    }
  };
  let refused = 0;
  for (const [name, inputs, attributes, outputs] of ownOps) {
    run(name, inputs, attributes, outputs);
    inputs.forEach(([shape, dtype], index) => {
      const others = [[...shape, 1], [...shape, 0], shape.map((size) => size + 1), shape.map(() => 0), [7], shape.slice(1)];
      for (const other of others.filter((one) => one.join() !== shape.join())) {
        try {
          run(name, inputs.map((one, i) => (i === index ? [other, dtype] : one)), attributes, outputs); // prettier-ignore
        } catch (thrown) {
          assert.is(
            (thrown as { code?: string }).code,
            "INVALID_ARGUMENT",
            `${name}, input ${index} of [${other}]: ${(thrown as Error).message}`,
          );
          refused += 1;
        }
      }
    });
  }
  assert.ok(refused > 150, `${refused}`);
  const outside = error(() => {
    const ids = [binding.createTensor([1, 3], FLOAT, new Float32Array(3)), binding.createTensor([1], INT32, Int32Array.of(3))];
    try {
      binding.executeOp("RewardlabTokenLogProbs", [], ids, 2);
    } finally {
      for (const id of ids) binding.deleteTensor(id);
    }
  });
  assert.match(outside.message, /a target is 3, expected one in \[0, 3\)/);
  assert.is(binding.getNumOfTensors(), before);
});

check("the cache is written in its own memory only where nobody else holds it", (binding) => {
  const graph = binding.newGraph();
  const shape = (value: readonly number[]) => ({ name: "shape", type: 5, value });
  const [cache] = binding.addNode(graph, "Placeholder", [type(FLOAT, "dtype"), shape([1, 3, 1])], [], []);
  const [added] = binding.addNode(graph, "Placeholder", [type(FLOAT, "dtype"), shape([1, 1, 1])], [], []);
  let written = cache!;
  for (const position of [0, 2]) {
    const at = binding.addConstant(graph, [], INT32, Int32Array.of(position));
    [written] = binding.addNode(graph, "RewardlabAppendToCache", [], [written.id, added!.id, at.id], [-1, -1, -1]) as [
      typeof written,
    ];
    assert.equal(written.shape, [1, 3, 1]);
  }
  binding.addFunction(graph, "append_twice", [cache!.id, added!.id], [written.id]);
  binding.deleteGraph(graph);
  const ids = [
    binding.createTensor([1, 3, 1], FLOAT, Float32Array.of(1, 2, 3)),
    binding.createTensor([1, 1, 1], FLOAT, Float32Array.of(9)),
  ];
  const [result] = binding.executeOp("append_twice", [], ids, 1);
  assert.equal([...binding.tensorDataSync(result!.id)], [9, 2, 9]);
  assert.equal([...binding.tensorDataSync(ids[0]!)], [1, 2, 3]);
  binding.removeFunction("append_twice");
  for (const id of [...ids, result!.id]) binding.deleteTensor(id);
});

check("out of memory is an error", (binding) => {
  const shape = binding.createTensor([2], INT32, Int32Array.of(2 ** 21, 2 ** 22)); // 2⁴³ floats, 32 TiB
  const value = binding.createTensor([], FLOAT, Float32Array.of(1));
  const thrown = error(() => binding.executeOp("Fill", [type(FLOAT), type(INT32, "index_type")], [shape, value], 1));
  assert.is(thrown.code, "RESOURCE_EXHAUSTED");
  for (const id of [shape, value]) binding.deleteTensor(id);
});

check("ten thousand tensors made and freed leave nothing", (binding) => {
  const before = binding.getNumOfTensors();
  const x = binding.createTensor([8], FLOAT, new Float32Array(8));
  for (let i = 0; i < 10_000; i++) binding.deleteTensor(binding.executeOp("Add", [type(FLOAT)], [x, x], 1)[0]!.id);
  binding.deleteTensor(x);
  assert.is(binding.getNumOfTensors(), before);
});

test.run();
