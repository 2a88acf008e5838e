import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Pixels } from "@rewardlab/core";
import { pictureCache } from "./picture-cache.ts";

/** A cache of 10 bytes over pictures whose file name is their size, and what was decoded. */
function counted(most = 10) {
  const decoded: string[] = [];
  const cache = pictureCache(most, async (file): Promise<Pixels> => {
    decoded.push(file);
    if (file === "broken") throw new Error("broken");
    return { width: 1, height: 1, data: new Uint8Array(Number(file.split("-")[0])) };
  });
  return { cache, decoded };
}

test("picture cache: the longest unused leave when it is full", async () => {
  const { cache, decoded } = counted();
  for (const file of ["4-a", "4-b", "4-a", "4-c"]) await cache.get(file); // c does not fit beside both; a was used after b
  assert.is(cache.bytes, 8);
  await cache.get("4-a");
  await cache.get("4-b");
  assert.equal(decoded, ["4-a", "4-b", "4-c", "4-b"]);
});

test("picture cache: asked for twice at once, decoded once; the same pixels", async () => {
  const { cache, decoded } = counted();
  const [one, two] = await Promise.all([cache.get("3"), cache.get("3")]);
  assert.is(one, two);
  assert.equal(decoded, ["3"]);
});

test("picture cache: one that is larger than it all is given and not kept", async () => {
  const { cache, decoded } = counted();
  assert.is((await cache.get("11")).data.length, 11);
  assert.is(cache.bytes, 0);
  await cache.get("11");
  assert.equal(decoded, ["11", "11"]);
});

test("picture cache: a failure is told each time and kept never", async () => {
  const { cache, decoded } = counted();
  for (let time = 0; time < 2; time++) assert.is(await cache.get("broken").catch(String), "Error: broken");
  assert.equal(decoded, ["broken", "broken"]);
  assert.is(cache.bytes, 0);
});

test.run();
