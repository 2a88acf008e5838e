import { test } from "uvu";
import { follow } from "./follow.ts";

test("docs/guides/add-an-advantage-step.md: what it says to write and to type works", () =>
  follow("add-an-advantage-step.md", 10, 7));

test.run();
