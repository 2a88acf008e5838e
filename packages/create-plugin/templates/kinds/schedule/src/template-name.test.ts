// Its numbers, worked by hand: the working stands beside them.
import { assertClose, createPart } from "@rewardlab/core/testing";
import { test } from "uvu";
import { templateName } from "./template-name.ts";

test("template-name: a straight line", () => {
  const { part } = createPart(templateName);
  assertClose(part.factor(0, 4), 1);
  assertClose(part.factor(1, 4), 0.75); // 3 of 4 steps are left
  assertClose(part.factor(3, 4), 0.25);
});

test("template-name: power and final", () => {
  const { part } = createPart(templateName, { power: 2, final: 0.2 });
  assertClose(part.factor(0, 4), 1);
  assertClose(part.factor(2, 4), 0.2 + 0.8 * 0.25); // (1/2)² = 1/4
});
test.run();
