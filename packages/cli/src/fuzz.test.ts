// Whatever is in an experiment, a spec or a batch: a result, or an error about the input with a message, soon. Never another error, which would be a stack trace
// and exit code 1. Random from a seed, so that a failure comes again; FUZZ_RUNS=5000 looks further, FUZZ_SEED elsewhere.

import { createContainer } from "@rewardlab/core/host";
import { isInputError } from "@rewardlab/storage";
import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse, stringify } from "yaml";
import { check } from "./commands/check.ts";
import { probe } from "./commands/probe.ts";
import { registryHere } from "./plugins.ts";
import { printed } from "./testing/printed.ts";

const test = suite("fuzz", { folder: "" });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-fuzz-"))));
test.after.each(({ folder }) => {
  process.exitCode = 0;
  rmSync(folder, { recursive: true });
});

const settings = {
  seed: Number(process.env["FUZZ_SEED"] ?? 20261130),
  numRuns: Number(process.env["FUZZ_RUNS"] ?? 120),
  includeErrorInReport: true,
};
/** A thousand times what it takes. */
const SOON = 10_000; // ms

/** Fails unless the command gives a result, or an error about the input that says something. */
async function expectTold(command: () => Promise<void>): Promise<void> {
  const began = performance.now();
  const { error: quiet } = console;
  console.error = () => {};
  try {
    await printed(command);
  } catch (error) {
    if (!isInputError(error)) throw error;
    assert.match(error.message, /\S/);
    assert.not.match(error.message, /\[object Object\]|\bat .*\.ts:\d+|undefined is not|Cannot read prop/, error.message);
  } finally {
    console.error = quiet;
  }
  assert.ok(performance.now() - began < SOON, "it took too long");
}

const small = `name: small
engine: cpu
model: { use: tiny-vlm, width: 16 }
data: { use: scenes, train: 8, test: 4 }
stages:
  - coldStart: { use: sft, phases: [{ steps: 2, batch: 2, learningRate: 0.1, targets: { thought: 1 } }], optimizer: { use: adamw, learningRate: 1e-3 } }
  - rl:
      use: rl
      algorithm: { use: stable-reinforce, variant: paper }
      iterations: 2
      rollout: { prompts: 2, samplesPerPrompt: 2, maxNewTokens: 8, temperature: 0.7 }
      reward: { rules: { a: preference-accuracy, b: { use: length-penalty, limit: 4, buffer: 2 } }, formula: "a * (1 + 0.5 * b)" }
      kl: { use: k3, in: loss, coefficient: 0.1 }
      advantage: [group-centre, spread, { use: three-sigma-filter, sigmas: 2 }]
      loss: { ratio: pre-clip, surrogate: { use: formula, loss: "-min(ratio * advantage, advantage)" }, aggregate: token-mean }
      optimizer: { use: adamw, learningRate: 1e-3 }
  - evaluate: { use: evaluate, on: [data.test], voting: [1, 3], maxNewTokens: 4 }
ablate:
  baseline: { stages.rl.algorithm: reinforce++ }
  variants: { stable: {}, other: { stages.rl.advantage: { without: spread } } }
  seeds: { rl: 2, coldStart: [1, 2] }
  compare: evaluate.accuracy
`;

/** What people and programs put where something else is expected. */
const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    "auto",
    "use",
    "rl",
    "__proto__",
    "constructor",
    "toString",
    "a.b",
    "${x}",
    "~",
    "- a",
    "=",
    [],
    {},
    [[]],
    [null],
  ),
  fc.constantFrom<unknown>(0, -1, 1.5, 1e308, -1e308, 2 ** 53, 1e-320, NaN, Infinity, true, false),
  fc.constantFrom<unknown>(
    { use: "whiten" },
    { use: null },
    { use: {} },
    { without: "x" },
    { insteadOf: {} },
    { before: { spread: [] } },
    { after: 3 },
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.jsonValue({ maxDepth: 2 }),
  fc.bigInt().map(String),
);

type Node = Record<string, unknown> | unknown[];
/** Every place in a value, as the node and the key in it. */
function placesIn(value: unknown): { readonly node: Node; readonly key: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [{ node: value as Node, key }, ...placesIn(inner)]);
}

interface Change {
  readonly at: number;
  readonly how: "put" | "leave out" | "rename" | "add" | "copy from";
  readonly value: unknown;
  readonly from: number;
}
const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    at: fc.nat(10_000),
    how: fc.constantFrom("put", "put", "put", "leave out", "rename", "add", "copy from"),
    value: strange,
    from: fc.nat(10_000),
  }),
  { minLength: 1, maxLength: 4 },
);

/** A copy of the value with some of its places changed. */
function changed<T>(sound: T, all: readonly Change[]): T {
  const value = structuredClone(sound);
  for (const { at, how, value: put, from } of all) {
    const places = placesIn(value);
    if (places.length === 0) return value;
    const { node, key } = places[at % places.length]!;
    const other = places[from % places.length]!;
    const own = node as Record<string, unknown>;
    if (how === "put") own[key] = structuredClone(put);
    else if (how === "copy from") own[key] = structuredClone((other.node as Record<string, unknown>)[other.key]);
    else if (how === "add") own[`${key}${JSON.stringify(put)}`.slice(0, 30)] = structuredClone(put);
    else {
      const was = own[key];
      if (Array.isArray(node)) node.splice(Number(key), 1);
      else delete own[key];
      if (how === "rename" && !Array.isArray(node)) own[(JSON.stringify(put) ?? "").slice(0, 30)] = was;
    }
  }
  return value;
}

/** A text with pieces taken out, doubled, or put in. */
const brokenText = (sound: string) =>
  fc
    .array(
      fc.record({
        at: fc.nat(sound.length),
        length: fc.nat(40),
        put: fc.oneof(
          fc.string({ unit: "binary", maxLength: 6 }),
          fc.constantFrom(
            "{",
            "}",
            "[",
            "]",
            ": ",
            "- ",
            "&a ",
            "*a",
            "!!js ",
            "\t",
            "\r",
            "\u0000",
            "\ufeff",
            "|",
            ">",
            "<<: *a",
            "#",
            '"',
            "'",
          ),
        ),
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((edits) => edits.reduce((text, { at, length, put }) => text.slice(0, at) + put + text.slice(at + length), sound));

test("check: bytes, and experiments with something strange in them", async ({ folder }) => {
  const file = join(folder, "x.yaml");
  const told = async (content: string | Uint8Array) => {
    writeFileSync(file, content);
    await expectTold(() => check(file, { set: [] }));
  };
  await told(small);
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), told), settings);
  await fc.assert(fc.asyncProperty(brokenText(small), told), settings);
  const sound = parse(small) as object;
  await fc.assert(
    fc.asyncProperty(changes, (all) => told(stringify(changed(sound, all)))),
    settings,
  );
});

test("check: overrides of any path with any value", async ({ folder }) => {
  const file = join(folder, "x.yaml");
  writeFileSync(file, small);
  const paths = placesIn(parse(small)).map(({ key }) => key);
  const step = fc.oneof(fc.constantFrom("stages", "rl", "ablate", "model", "", '"a.b"', ...paths), fc.string({ maxLength: 5 }));
  const flag = fc
    .tuple(
      fc.array(step, { minLength: 1, maxLength: 5 }),
      fc.oneof(
        strange.map((value) => JSON.stringify(value) ?? ""),
        fc.string({ unit: "binary" }),
      ),
    )
    .map(([steps, value]) => `${steps.join(".")}=${value}`);
  await fc.assert(
    fc.asyncProperty(fc.array(flag, { minLength: 1, maxLength: 2 }), (set) => expectTold(() => check(file, { set }))),
    settings,
  );
});

const batch = {
  logProbs: [
    [-0.5, -1, -2],
    [-0.2, -0.3, -9],
  ],
  oldLogProbs: [
    [-0.6, -1, -2],
    [-0.2, -0.1, -9],
  ],
  refLogProbs: [
    [-0.5, -1.5, -2],
    [-0.2, -0.3, -9],
  ],
  mask: [
    [1, 1, 0],
    [1, 1, 1],
  ],
  advantages: [
    [1, 1, 0],
    [-1, -1, -1],
  ],
  scores: [1, 0],
  groupIds: [0, 0],
  responses: ["<think>a</think><answer>1</answer>", "b"],
  items: [1, 2].map((id) => ({ id: String(id), images: [], question: "q", responses: ["x", "y"], preferred: id })),
};

test("probe: any spec of any kind, and batches with something strange in them", async ({ folder }) => {
  const { registry } = await registryHere([]);
  await createContainer(registry).dispose();
  const kinds = [
    "advantage",
    "kl",
    "ratio",
    "surrogate",
    "aggregate",
    "loss",
    "algorithm",
    "sampler",
    "reward",
    "correction",
    "mask",
    "none",
    "",
  ];
  const names = kinds.flatMap((kind) => registry.names(kind as never).map((name) => [kind, name] as const));
  const spec = fc.oneof(
    fc.constantFrom(...names),
    fc
      .tuple(fc.constantFrom(...names), changes)
      .map(([[kind, name], all]) => [kind, stringify(changed({ use: name, a: 1 }, all))] as const),
    fc.tuple(
      fc.constantFrom(...kinds),
      strange.map((value) => JSON.stringify(value) ?? ""),
    ),
    fc.tuple(fc.constantFrom(...kinds), fc.string({ unit: "binary" })),
    fc.constant(["loss", "{ ratio: token, surrogate: clip, aggregate: token-mean }"] as const),
    fc.constant(["advantage", "[group-centre, spread]"] as const),
  );
  const content = fc.oneof(
    { weight: 4, arbitrary: changes.map((all) => JSON.stringify(changed(batch, all))) },
    { weight: 1, arbitrary: fc.constant(JSON.stringify(batch)) },
    { weight: 1, arbitrary: brokenText(JSON.stringify(batch)) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  );
  await fc.assert(
    fc.asyncProperty(spec, content, fc.constantFrom("json", "jsonl"), async ([kind, value], given, ending) => {
      const file = join(folder, `b.${ending}`);
      writeFileSync(file, given);
      await expectTold(() => probe(kind, value, { batch: file }));
    }),
    { ...settings, numRuns: 2 * settings.numRuns },
  );
});

test.run();
