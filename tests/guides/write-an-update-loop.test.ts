import { test } from "uvu";
import { follow } from "./follow.ts";

test("docs/guides/write-an-update-loop.md: what it says to write and to type works", () =>
  follow("write-an-update-loop.md", 6, 5));

test.run();
