import { test } from "uvu";
import { follow } from "./follow.ts";

test("docs/guides/write-an-algorithm.md: what it says to write and to type works", () => follow("write-an-algorithm.md", 7, 6));

test.run();
