// The mutation tester (npm run mutation): what it changes, and that each change acts alone.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { instrumented } from "../tools/mutation/instrument.ts";
import { mutantsOf } from "../tools/mutation/mutants.ts";
import { Worker } from "../tools/mutation/tester.ts";

const changes = (text: string) => mutantsOf("x.ts", text).map(({ original, replacement }) => `${original} → ${replacement}`);

test("mutation: each kind of change", () => {
  assert.equal(changes("x = a * b;"), ["a * b → (a) / (b)"]);
  assert.equal(changes("x = a < b;"), ["a < b → (a) <= (b)"]);
  assert.equal(changes("x = a === b;"), ["a === b → (a) !== (b)"]);
  assert.equal(changes("x = a && b;"), ["a && b → (a) || (b)"]);
  assert.equal(changes("if (a) b;"), ["a → true", "a → false"]);
  assert.equal(changes("x = 2;"), ["2 → 3", "2 → 1", "2 → 0"]);
  assert.equal(changes("x = 1;"), ["1 → 2", "1 → 0"]);
  assert.equal(changes("x = 1e300;"), ["1e300 → 0"]); // one more and one less are the same number
  assert.equal(changes("x = -a;"), ["-a → a"]);
  assert.equal(changes("f(a);"), ["f(a) → undefined"]);
  assert.equal(changes("function f() { return a; }"), ["a → undefined"]);
  assert.equal(changes("x = tf.add(a, b);"), ["tf.add(a, b) → tf.sub(a, b)"]);
  assert.equal(changes("x = a.filter(b);"), ["a.filter(b) → a"]);
  assert.equal(changes("x = true;"), ["true → false"]);
  assert.equal(changes('x = a === "left";'), ['a === "left" → (a) !== ("left")', '"left" → "mutant"']);
});

test("mutation: messages, types and names are left alone", () => {
  assert.equal(changes('throw new InputError("RL_X", `${a + b} given`);'), []);
  assert.equal(changes("x = z.number().describe(a + b);"), []);
  assert.equal(changes('x = { summary: "one" + a, [b]: c };'), []);
  assert.equal(changes("x = valueOf(a).toString(b);"), []);
  assert.equal(changes('type A = 1 | 2; import a from "b"; let x: 3;'), []);
});

test("mutation: one build holds them all, and each acts alone", () => {
  const text = "export const f = (a: number, b: number): number => (a > b && b > 0 ? a - b * 2 : b);";
  const mutants = mutantsOf("x.ts", text).map((mutant, id) => ({ ...mutant, id, file: "x.ts" }));
  const state = { active: -1, hits: new Uint8Array(mutants.length) };
  const code = instrumented(text, mutants)
    .replace("globalThis.$mutation", "state")
    .replace(/export\s*\{[^}]*\};?/, "return f;");
  // oxlint-disable-next-line no-new-func -- the build is a module's text
  const f = new Function("state", code.replace("export const f", "const f"))(state) as (a: number, b: number) => number;
  const results = new Map(
    mutants.map(({ id, original, replacement }) => {
      state.active = id;
      return [`${original} → ${replacement}`, [f(5, 2), f(2, 5), f(3, 3), f(5, 0)]];
    }),
  );
  state.active = -1;
  assert.equal([f(5, 2), f(2, 5), f(3, 3), f(5, 0)], [1, 5, 3, 0]);
  assert.equal(results.get("a > b → (a) >= (b)"), [1, 5, -3, 0]);
  assert.equal(results.get("b > 0 → (b) >= (0)"), [1, 5, 3, 5]);
  assert.equal(results.get("a > b && b > 0 → (a > b) || (b > 0)"), [1, -8, -3, 5]);
  assert.equal(results.get("a - b * 2 → (a) + (b * 2)"), [9, 5, 3, 0]);
  assert.equal(results.get("b * 2 → (b) / (2)"), [4, 5, 3, 0]);
  assert.equal(results.get("2 → 3"), [-1, 5, 3, 0]);
  // a place is marked under the number of its first mutant, whichever acts
  const places = new Set(mutants.map(({ start, end }) => `${start} ${end}`)).size;
  assert.is(
    state.hits.reduce((sum, hit) => sum + hit, 0),
    places,
  );
});

test("mutation: killed by a test, or by a file that can't be loaded with it; where it can't be without it either, that is said", async () => {
  const root = mkdtempSync(join(tmpdir(), "rewardlab-mutation-test-"));
  const sources = "packages/a/src";
  const write = (name: string, text: string) => {
    writeFileSync(join(root, sources, name), ""); // as it is found
    writeFileSync(join(root, "build", sources, `${name}.js`), text); // as it is run
  };
  const active = "globalThis.$mutation.active";
  const expects = (value: string) =>
    `import { test } from "uvu"; import { value } from "./${value}.ts"; test("is 1", async () => { if ((await value()) !== 1) throw Error("no"); }); test.run();`;
  const attempt = (name: string, id: number, fresh: boolean) =>
    worker.attempt({ id, fresh, files: [{ file: `${sources}/${name}.test.ts`, numbers: null }] }, 60_000);
  const worker = new Worker(root, join(root, "build"), 3_000);
  try {
    for (const folder of [sources, `build/${sources}`]) mkdirSync(join(root, folder), { recursive: true });
    write("value.ts", `if (${active} === 1) throw Error("at once"); export const value = () => (${active} === 0 ? 2 : 1);`);
    write("value.test.ts", expects("value"));
    write("gone.test.ts", expects("gone"));
    write("wait.ts", `export const value = () => (${active} === 0 ? new Promise(() => {}) : 1);`);
    write("wait.test.ts", expects("wait"));
    assert.equal(await attempt("value", 0, false), { fate: "killed", by: `${sources}/value.test.ts: is 1` });
    assert.equal(await attempt("value", 1, true), { fate: "killed", by: `${sources}/value.test.ts: loading` });
    assert.equal(await attempt("value", 2, true), { fate: "survived" });
    assert.is((await attempt("wait", 0, false)).fate, "timed out"); // it uses no time of the processor
    assert.is((await attempt("wait", 1, false)).fate, "survived");
    for (const fresh of [false, true]) {
      const error = await attempt("gone", 0, fresh).catch((reason: unknown) => reason);
      assert.match((error as Error).message, /the tests can't be loaded any more/);
    }
    assert.is(await worker.survey(`${sources}/gone.test.ts`), null);
  } finally {
    worker.end();
    rmSync(root, { recursive: true });
  }
});

test.run();
