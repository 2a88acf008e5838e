// Its items, worked by hand.
import { createPart } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { templateName } from "./template-name.ts";

test("template-name: items by hand", async () => {
  const { part } = createPart(templateName, { train: 8, test: 2 });
  const train = await part.open("train");
  assert.is(train.length, 8);
  const item = await train.item(5); // shade 37 · 5 = 185: bright; 5 mod 4 = 1: the right one is first
  assert.equal(item.images[0]?.pixels.data.slice(0, 3), Uint8Array.of(185, 185, 185));
  assert.equal([item.responses, item.preferred, item.answer], [["bright", "dark"], 1, "bright"]);
  const other = await train.item(7); // 259 − 256 = 3: dark; 7 mod 4 = 3: the right one is second
  assert.equal([other.responses, other.preferred, other.answer], [["bright", "dark"], 2, "dark"]);
});

test("template-name: no habit is right more than half of the time", async () => {
  const split = await createPart(templateName, { train: 256 }).part.open("train"); // each shade once
  const items = await Promise.all(Array.from({ length: 256 }, (_, index) => split.outline(index)));
  for (const answer of ["dark", "bright"])
    for (const preferred of [1, 2])
      assert.is(
        items.filter((item) => item.answer === answer && item.preferred === preferred).length,
        64,
        `${answer} ${preferred}`,
      );
});

test("template-name: a split that there isn't is refused", async () => {
  const refused = await createPart(templateName)
    .part.open("valid")
    .catch((error) => error.message);
  assert.is(refused, "template-name: no split valid; the splits are train, test");
});
test.run();
