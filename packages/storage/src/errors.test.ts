import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError, isInputError, RunError } from "./errors.ts";

test("input errors are known by name and code, whichever copy of the class made them", () => {
  class OfAnotherPackage extends Error {
    override readonly name = "InputError";
    readonly code = "RL_STATISTICS";
  }
  assert.ok(isInputError(new InputError("RL_JSON", "x")));
  assert.ok(isInputError(new OfAnotherPackage("x")));
  class OfAnotherCopy extends InputError {
    override readonly name = "ExperimentError";
  }
  assert.ok(isInputError(new OfAnotherCopy("RL_JSON", "x")), "one that extends it, and has a name of its own");
  assert.not(isInputError(new RunError("RL_WRITE", "x")));
  assert.not(isInputError(Object.assign(new Error("x"), { name: "InputError" })), "no code of ours");
  assert.not(isInputError(Object.assign(new Error("x"), { code: "RL_JSON" })));
  assert.not(isInputError({ name: "InputError", code: "RL_JSON", message: "x" }), "no Error");
  assert.not(isInputError(undefined));
});

test.run();
