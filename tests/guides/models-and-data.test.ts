import { test } from "uvu";
import { follow } from "./follow.ts";

test("docs/guides/models-and-data.md: what it says to write and to type works", () => follow("models-and-data.md", 8, 7));

test.run();
