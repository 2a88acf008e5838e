import { test } from "uvu";
import * as assert from "uvu/assert";
import { kindCalled, readFlags } from "./flags.ts";

const refusal = (args: string[], env = {}) => {
  try {
    return JSON.stringify(readFlags(args, env));
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    return `${code} ${message}`;
  }
};

test("flags: all of them, in any order", () => {
  assert.equal(readFlags(["--kind", "advantage", "here", "--name=@you/x", "--language", "JavaScript", "-y"]), {
    folder: "here",
    kind: "advantage",
    name: "@you/x",
    language: "js",
    yes: true,
    help: false,
  });
  assert.equal(readFlags([]), { yes: false, help: false });
});

test("flags: what there isn't is refused, with the nearest that there is", () => {
  assert.is(refusal(["--kind", "advantages"]), 'RL_CREATE_FLAGS kind: "advantages" is none. Did you mean "advantage"?');
  assert.match(refusal(["--kind", "zebra"]), /^RL_CREATE_FLAGS kind: "zebra" is none\. There are: .*advantage, .*algorithm/);
  assert.is(refusal(["--kin", "kl"]), 'RL_CREATE_FLAGS --kin: there is no such flag. Did you mean "--kind"?');
  assert.is(
    refusal(["--language", "python"]),
    'RL_CREATE_FLAGS language: "python" is none, expected ts (TypeScript) or js (JavaScript)',
  );
  assert.is(refusal(["a", "b"]), "RL_CREATE_FLAGS a b: 2 folders are given, expected one");
  assert.match(refusal(["--name"]), /^RL_CREATE_FLAGS .*--name/);
});

test("flags: one that npm kept for itself is told", () => {
  assert.is(
    refusal(["kl"], { npm_config_kind: "kl" }),
    "RL_CREATE_FLAGS --kind: npm kept it for itself, expected two hyphens before the flags: npm create @rewardlab/plugin -- --kind kl",
  );
  assert.is(JSON.parse(refusal(["--kind", "algorithm"], { npm_config_kind: "kl" })).kind, "algorithm");
});

test("flags: a kind is known by its number in the list as well", () => {
  assert.is(kindCalled("1"), "advantage");
  assert.throws(() => kindCalled("0"));
});

test.run();
