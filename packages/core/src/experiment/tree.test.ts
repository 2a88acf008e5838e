import { test } from "uvu";
import * as assert from "uvu/assert";
import { at, merge, nearest, nest, plain, treeOf } from "./tree.ts";
import type { Origin } from "./tree.ts";

const lowerOrigin: Origin = { from: "preset", name: "lower" };
const upperOrigin: Origin = { from: "flag", text: "--set upper" };
const lower = (value: unknown) => treeOf(value, lowerOrigin);
const upper = (value: unknown) => treeOf(value, upperOrigin);
const merged = (below: unknown, above: unknown) => plain(merge(lower(below), upper(above)));

test("merge: maps key by key, at every depth", () => {
  assert.equal(merged({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 4 }, e: 5 }), { a: 1, b: { c: 2, d: 4 }, e: 5 });
});

test("merge: lists, numbers and null replace", () => {
  assert.equal(merged([1, 2, 3], [4]), [4]);
  assert.equal(merged({ a: { b: 1 } }, { a: null }), { a: null });
  assert.equal(merged({ a: { b: 1 } }, { a: 2 }), { a: 2 });
  assert.equal(merged({ a: 2 }, { a: { b: 1 } }), { a: { b: 1 } });
});

test("merge: a map with `use` replaces the slot whole, options included", () => {
  assert.equal(merged({ use: "clip", low: 0.1, high: 0.2 }, { use: "cispo", high: 4 }), { use: "cispo", high: 4 });
  assert.equal(merged({ use: "clip", low: 0.1, high: 0.2 }, { use: "clip", low: 0.3 }), { use: "clip", low: 0.3 });
});

test("merge: a map without `use` changes options of the component there, also of a bare name", () => {
  assert.equal(merged({ use: "clip", low: 0.1, high: 0.2 }, { low: 0.3 }), { use: "clip", low: 0.3, high: 0.2 });
  assert.equal(merged("clip", { low: 0.3 }), { use: "clip", low: 0.3 });
});

test("merge: a bare name replaces a component with its options", () => {
  assert.equal(merged({ use: "clip", low: 0.1 }, "plain"), "plain");
});

test("merge: each value keeps its own origin", () => {
  const tree = merge(lower({ a: 1, b: { c: 2, d: 3 } }), upper({ b: { d: 4 } }));
  assert.equal(at(tree, ["a"])?.origin, lowerOrigin);
  assert.equal(at(tree, ["b", "c"])?.origin, lowerOrigin);
  assert.equal(at(tree, ["b", "d"])?.origin, upperOrigin);
});

test("merge: over nothing, the upper one", () => {
  assert.equal(plain(merge(undefined, upper({ a: 1 }))), { a: 1 });
});

test("tree: at and nearest", () => {
  const tree = lower({ list: [{ a: 1 }], map: { b: 2 } });
  assert.is(plain(at(tree, ["list", 0, "a"])!), 1);
  assert.is(at(tree, ["list", 1]), undefined);
  assert.is(at(tree, ["map", "b", "c"]), undefined);
  assert.equal(plain(nearest(tree, ["map", "b", "c", "d"])), 2);
  assert.equal(plain(nearest(tree, ["nowhere"])), { list: [{ a: 1 }], map: { b: 2 } });
});

test("tree: nest puts a value under a path; a key called __proto__ is a key", () => {
  assert.equal(plain(nest(["a", "b"], upper(1))), { a: { b: 1 } });
  const value = plain(nest(["__proto__", "polluted"], upper(1))) as object;
  assert.equal(Object.keys(value), ["__proto__"]);
  assert.is(({} as { polluted?: number }).polluted, undefined);
});

test.run();
