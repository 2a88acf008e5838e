import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { components, dividedRows, nestedShare, type Tied } from "./parts.ts";

const row = (id: string, pictures: readonly string[], group?: string): Tied => ({
  id,
  pictures,
  ...(group === undefined ? {} : { group }),
});

test("components: rows that a chain of pictures and groups joins", () => {
  // a-b share p, b-c share q, d and e a group, f has nothing, g has c's picture twice
  const rows = [
    row("a", ["p"]),
    row("b", ["p", "q"]),
    row("c", ["q"]),
    row("d", [], "x"),
    row("e", ["r"], "x"),
    row("f", []),
    row("g", ["q", "q"]),
  ];
  assert.equal(components(rows, "picture"), [[0, 1, 2, 6], [3, 4], [5]]);
  assert.equal(components(rows, "group"), [[0], [1], [2], [3, 4], [5], [6]]);
  assert.is(components(rows, "row").length, 7);
  // a picture that is called as a group is none
  assert.is(components([row("a", ["group x"]), row("b", [], "x")], "picture").length, 2);
});

const names = fc.constantFrom(..."abcdefghijkl");
const someRows = fc
  .array(fc.tuple(fc.array(names, { maxLength: 3 }), fc.option(names, { nil: undefined })), { minLength: 1, maxLength: 40 })
  .map((list) =>
    list.map(([pictures, group], index) =>
      row(
        `r${index}`,
        pictures.map((name) => `p${name}`),
        group,
      ),
    ),
  );
const settings = { seed: 20261130, numRuns: 300 };

test("parts: every row is in one part, and no picture and no group is in two", () => {
  fc.assert(
    fc.property(someRows, fc.constantFrom([0.1], [0.5], [0.3, 0.2]), fc.nat(5), (rows, shares, seed) => {
      const parts = dividedRows(rows, shares, "picture", seed);
      assert.is(parts.length, shares.length + 1);
      assert.equal(
        parts.flat().sort((a, b) => a - b),
        rows.map((_, index) => index),
      );
      for (const of of [(one: Tied) => one.pictures, (one: Tied) => [one.group ?? []].flat()]) {
        const sets = parts.map((part) => new Set(part.flatMap((index) => of(rows[index]!))));
        sets.forEach((set, at) => sets.slice(at + 1).forEach((other) => assert.not.ok([...set].some((one) => other.has(one)))));
      }
    }),
    settings,
  );
});

test("parts: the same rows and seed give the same parts, in whatever order the rows stand", () => {
  fc.assert(
    fc.property(someRows, fc.nat(5), fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (rows, seed, keys) => {
      const ids = (given: readonly Tied[]) =>
        dividedRows(given, [0.4], "picture", seed).map((part) => part.map((index) => given[index]!.id).sort());
      const order = rows.map((_, index) => index).sort((a, b) => keys[a]! - keys[b]! || a - b);
      assert.equal(ids(order.map((index) => rows[index]!)), ids(rows));
    }),
    settings,
  );
});

test("parts: of rows that share nothing exactly the share, and of others as near as whole components allow", () => {
  const alone = Array.from({ length: 1000 }, (_, index) => row(`r${index}`, [`p${index}`]));
  assert.equal(
    dividedRows(alone, [0.1, 0.05], "picture", 1).map(({ length }) => length),
    [100, 50, 850],
  );
  assert.is.not(String(dividedRows(alone, [0.1], "picture", 2)[0]), String(dividedRows(alone, [0.1], "picture", 1)[0]));
  const joined = Array.from({ length: 100 }, (_, index) => row(`r${index}`, [index < 60 ? "one" : `p${index}`]));
  assert.equal(
    dividedRows(joined, [0.1], "picture", 1).map(({ length }) => length),
    [10, 90],
  );
});

test("nested share: so many, and a larger share contains a smaller one, whatever else is added", () => {
  const some = Array.from({ length: 50 }, (_, index) => `n${index}`);
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(9),
      (a, b, seed) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map((share) => nestedShare(some, share, seed, "x"));
        assert.is(small!.length, Math.round(Math.min(a, b) * 50));
        assert.ok(small!.every((index) => large!.includes(index)));
      },
    ),
    settings,
  );
  assert.equal(nestedShare(some, 1, 1, "x").length, 50);
});

test.run();
