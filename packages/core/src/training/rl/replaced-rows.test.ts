import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fakeItems } from "../../testing/fake-model.ts";
import { replacements, replaceRows, responseTensors, withoutRows } from "../rollout.ts";
import type { Rollout } from "../rollout.ts";

/** Rows of `tokens` tokens, of which each row uses so many; a token is 10 · row + its place, its log-probability the negative of that. */
function rolloutOf(name: string, tokens: number, lengths: readonly number[], groupIds: readonly number[], from = 0): Rollout {
  const each = (value: (row: number, token: number) => number) =>
    lengths.flatMap((length, row) =>
      Array.from({ length: tokens }, (_, token) => (token < length ? value(row + from, token + 1) : 0)),
    );
  return {
    items: lengths.map(() => fakeItems(1, from)[0]!),
    places: lengths.map((_, row) => row + from),
    texts: lengths.map((_, row) => `${name} ${row}`),
    groupIds: Int32Array.from(groupIds),
    lengths: Int32Array.from(lengths),
    truncated: lengths.map((length) => length === tokens),
    tokens,
    responseIds: Int32Array.from(each((row, token) => 10 * row + token)),
    mask: Float32Array.from(each(() => 1)),
    logProbs: Float32Array.from(each((row, token) => -(10 * row + token))),
  };
}

test("replacements: the k-th group of the fresh ones takes the place of the k-th that goes, response by response", () => {
  const rollout = rolloutOf("old", 2, [1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 2, 2]);
  assert.equal(replacements(rollout, [2, 0], 2), [2, 3, null, null, 0, 1]);
  assert.equal(replacements(rollout, [], 2), [null, null, null, null, null, null]);
});

test("replaceRows: whole rows come from the fresh rollout, narrower ones are filled up, group ids stay", () => {
  const old = rolloutOf("old", 2, [2, 1, 1, 2], [0, 0, 1, 1]);
  const fresh = rolloutOf("new", 3, [3, 1], [0, 0], 6);
  const mixed = replaceRows(old, fresh, [null, null, 0, 1]);
  assert.is(mixed.tokens, 3);
  assert.equal([...mixed.responseIds], [1, 2, 0, 11, 0, 0, 61, 62, 63, 71, 0, 0]);
  assert.equal([...mixed.mask], [1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0]);
  assert.equal([...mixed.logProbs], [-1, -2, 0, -11, 0, 0, -61, -62, -63, -71, 0, 0]);
  assert.equal(mixed.texts, ["old 0", "old 1", "new 0", "new 1"]);
  assert.equal([...mixed.lengths], [2, 1, 3, 1]);
  assert.equal(mixed.truncated, [true, false, true, false]);
  assert.equal([...mixed.groupIds], [0, 0, 1, 1]);
  assert.equal(
    mixed.items.map(({ id }) => id),
    ["item-0", "item-0", "item-6", "item-6"],
  );
  // and the other way round, where the fresh ones are the narrower
  assert.equal([...replaceRows(fresh, old, [3, null]).responseIds], [31, 32, 0, 71, 0, 0]);
});

test("withoutTokens: rows leave the mask and nothing else; without any to leave out it is the same rollout", () => {
  const rollout = rolloutOf("old", 2, [2, 1, 2], [0, 0, 1]);
  const cut = withoutRows(rollout, [false, true, true]);
  assert.equal([...cut.mask], [1, 1, 0, 0, 0, 0]);
  assert.equal([...rollout.mask], [1, 1, 1, 0, 1, 1]);
  assert.is(cut.responseIds, rollout.responseIds);
  assert.is(withoutRows(rollout, [false, false, false]), rollout);
});

test("responseTensors: rows beyond the first `kept` are there, and have no tokens", () => {
  const rollout = rolloutOf("old", 2, [2, 1, 2], [0, 0, 1]);
  const { responseIds, mask } = responseTensors(rollout, [2, 0, 0], 2);
  assert.equal(responseIds.arraySync(), [[21, 22], [1, 2], [1, 2]]); // prettier-ignore
  assert.equal(mask.arraySync(), [[1, 1], [1, 1], [0, 0]]); // prettier-ignore
  tf.dispose([responseIds, mask]);
});

test.run();
