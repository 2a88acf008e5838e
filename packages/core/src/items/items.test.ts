import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "@rewardlab/storage";
import { itemsAt, outlineOf, splitOf } from "./items.ts";
import { fakeItems } from "../testing/fake-model.ts";

test("items: a split of items in memory gives them by place", async () => {
  const items = fakeItems(3);
  const split = splitOf(items);
  assert.is(split.length, 3);
  assert.is(await split.item(2), items[2]);
  assert.equal(
    (await itemsAt(split, [2, 0, 2])).map(({ id }) => id),
    ["item-2", "item-0", "item-2"],
  );
});

test("items: a place that isn't there is told with those that are", async () => {
  const split = splitOf(fakeItems(3));
  for (const index of [3, -1, 0.5, NaN]) {
    const error = await split.item(index).catch((caught: unknown) => caught);
    assert.instance(error, InputError);
    assert.match((error as InputError).message, `item ${index} was asked for, expected 0 to 2`);
  }
});

test("items: an outline has the pictures' sizes and not their pixels", async () => {
  const [item] = fakeItems(1);
  const picture = { path: "/pictures/picture.png", pixels: { width: 1, height: 1 } };
  assert.equal(outlineOf(item!), { ...item!, images: [picture] });
  assert.equal(await splitOf([item!]).outline(0), outlineOf(item!));
});

test.run();
