import { test } from "uvu";
import { follow } from "./follow.ts";

test("docs/guides/bring-a-service.md: what it says to write and to type works", () => follow("bring-a-service.md", 3, 3));

test.run();
