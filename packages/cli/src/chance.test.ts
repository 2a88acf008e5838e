import { RunError } from "@rewardlab/core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mayBeChance } from "./chance.ts";

const system = (code: string) => Object.assign(new Error(code), { code });

test("chance: what the disk, memory or a service refused now, also as the cause of what is told", () => {
  for (const code of ["ENOSPC", "EMFILE", "ECONNREFUSED", "UND_ERR_SOCKET", "RL_OUT_OF_MEMORY"])
    assert.ok(mayBeChance(system(code)), code);
  assert.ok(mayBeChance(new DOMException("too late", "TimeoutError")));
  assert.ok(mayBeChance(new RunError("RL_WRITE", "x", { cause: system("ENOSPC") })));
  assert.ok(mayBeChance(new TypeError("fetch failed", { cause: new AggregateError([new Error("x"), system("ECONNREFUSED")]) })));
});

test("chance: an error of a plugin or of the input comes again", () => {
  assert.not(mayBeChance(new TypeError("x is not a function")));
  assert.not(mayBeChance(new RunError("RL_COMPONENT_THREW", "x", { cause: new Error("no luck") })));
  assert.not(mayBeChance(new RunError("RL_WRITE", "x", { cause: system("EACCES") })));
  assert.not(mayBeChance("ENOSPC"));
  const circle = new Error("x");
  circle.cause = circle;
  assert.not(mayBeChance(circle));
});

test.run();
