import { test } from "uvu";
import * as assert from "uvu/assert";
import { identifierOf, pluginNames } from "./names.ts";

const problemOf = (name: string) => {
  try {
    return JSON.stringify(pluginNames(name));
  } catch (error) {
    return (error as Error).message;
  }
};

test("names: the component is called as the package, without scope and prefix", () => {
  assert.equal(pluginNames("@you/rewardlab-plugin-soft-clip"), {
    package: "@you/rewardlab-plugin-soft-clip",
    component: "soft-clip",
    folder: "rewardlab-plugin-soft-clip",
  });
  const components = { "rewardlab-soft-clip": "soft-clip", "soft.clip_2": "soft-clip-2", x: "x" };
  for (const [name, component] of Object.entries(components)) assert.is(pluginNames(name).component, component, name);
});

test("names: what npm refuses is refused, with what was given, what was expected, and the nearest that it takes", () => {
  assert.is(problemOf("Soft Clip"), 'name: "Soft Clip" has capitals, which npm refuses. Did you mean "soft-clip"?');
  assert.match(problemOf("soft clip"), /^name: "soft clip" is no name of a package: expected a–z.* Did you mean "soft-clip"\?$/);
  assert.match(problemOf("_soft"), /^name: "_soft" is no name of a package: .* Did you mean "soft"\?$/);
  assert.match(problemOf("../up"), /^name: "..\/up" is no name of a package/);
  assert.match(problemOf("@/x"), /^name: "@\/x" is no name of a package/);
  assert.is(problemOf("fs"), 'name: "fs" is a name that npm keeps for something else');
  assert.is(problemOf(""), 'name: "" is empty, expected a package\'s name');
  assert.match(problemOf("x".repeat(215)), /has 215 characters, npm takes 214 at most$/);
});

test("names: a component that could not be called so is refused", () => {
  assert.match(
    problemOf("rewardlab-plugin-3-sigma"),
    /^name: "rewardlab-plugin-3-sigma" would call the component "3-sigma", expected .* beginning with a letter/,
  );
  assert.match(problemOf("rewardlab-plugin-index"), /would call the component "index"/); // src/index.ts is another file
  assert.match(problemOf("rewardlab-plugin-"), /would call the component/);
});

test("names: an identifier that is taken gets its kind", () => {
  const taken = new Set(["tf", "advantageStep"]);
  assert.is(identifierOf("soft-clip-2", "surrogate", taken), "softClip2");
  assert.is(identifierOf("tf", "kl", taken), "tfKl"); // imported
  assert.is(identifierOf("advantage-step", "advantage", taken), "advantageStepAdvantage");
  assert.is(identifierOf("default", "algorithm", taken), "defaultAlgorithm"); // a word of the language
  assert.is(identifierOf("process", "reward", taken), "processReward"); // Node's own
});

test.run();
