import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "./random.ts";
import { assertClose } from "./testing/close.ts";
import { crossedInterval } from "./crossed.ts";
import { crossedDetectable, crossedPower, designNeeded } from "./crossed-power.ts";
import { detectableDifference, powerOf } from "./power.ts";

test("crossedPower: where only seeds vary it is the paired t test's", () => {
  const seedsAlone = { seeds: 1, items: 0, interaction: 1e-9 };
  for (const [seeds, difference] of [
    [2, 12],
    [5, 1.68],
    [10, 0.5],
    [30, 0.6],
  ] as const)
    // prettier-ignore
    assertClose(crossedPower(difference, seedsAlone, { seeds, items: 100 }), powerOf(difference, 1, seeds), 0.003);
  assertClose(crossedDetectable(seedsAlone, { seeds: 5, items: 100 }, { known: true }), detectableDifference(1, 5), 0.01);
  // The median of χ² with 4 degrees of freedom is 3.3567: a variance estimated from 5 seeds is below 0.8392 of the true one every other time.
  assertClose(crossedDetectable(seedsAlone, { seeds: 5, items: 100 }), detectableDifference(1, 5) / Math.sqrt(0.8392), 0.01);
});

test("crossedPower: where only items vary it is the t test's over items, however many seeds there are", () => {
  const itemsAlone = { seeds: 0, items: 1, interaction: 1e-9 };
  for (const seeds of [2, 5, 30]) assertClose(crossedPower(0.4, itemsAlone, { seeds, items: 50 }), powerOf(0.4, 1, 50), 0.003);
});

test("crossedPower: is how often crossedInterval's test finds a difference", () => {
  const random = randomStream(1, "crossed power");
  const [seeds, items] = [5, 40];
  const components = { seeds: 0.02, items: 0.5, interaction: 1 };
  const difference = crossedDetectable(components, { seeds, items }, { known: true });
  let found = 0;
  for (let trial = 0; trial < 2000; trial++) {
    const ofItem = Array.from({ length: items }, () => difference + Math.sqrt(components.items) * random.normal());
    const values = Array.from({ length: seeds }, () => {
      const ofSeed = Math.sqrt(components.seeds) * random.normal();
      return ofItem.map((level) => level + ofSeed + random.normal());
    });
    found += Number(crossedInterval(values).pValue <= 0.05);
  }
  assertClose(found / 2000, 0.8, 0.03); // standard error 0.009
});

test("designNeeded: where questions hide a difference no number of seeds will do, and the other way round", () => {
  const design = { seeds: 5, items: 100 };
  const questions = { seeds: 0.0001, items: 0.5, interaction: 1 };
  const byItems = designNeeded(0.1, questions, design, { known: true });
  assert.is(byItems.seeds, null);
  const items = byItems.items!;
  assert.ok(items > (2.8 ** 2 * (0.5 + 1 / 5)) / 0.01 && items < 650, String(items)); // at least (z_{0.975} + z_{0.8})² (σ_i² + σ_e²/5) / Δ² = 549
  assert.ok(crossedPower(0.1, questions, { ...design, items }) >= 0.8);
  assert.ok(crossedPower(0.1, questions, { ...design, items: items - 1 }) < 0.8);
  const bySeeds = designNeeded(0.1, { seeds: 0.02, items: 0, interaction: 0.01 }, design, { known: true });
  assert.is(bySeeds.items, null);
  assert.ok(bySeeds.seeds! > 15 && bySeeds.seeds! < 20);
  assert.equal(designNeeded(0, { seeds: 1, items: 1, interaction: 1 }, design), { seeds: null, items: null });
});

test("designNeeded: the fewest there can be where a difference is plain, whichever its sign", () => {
  const components = { coldStarts: 1e-9, seeds: 1e-9, items: 1e-9, coldStartItems: 1e-9, interaction: 1e-9 };
  assert.equal(designNeeded(1, components, { seeds: 5, items: 10 }), { seeds: 2, items: 2 });
  assert.equal(designNeeded(-1, components, { coldStarts: 3, seeds: 5, items: 10 }), { seeds: 1, coldStarts: 2, items: 2 });
  assert.equal(designNeeded(1, components, { coldStarts: 1, seeds: 5, items: 10 }), { seeds: 2, items: 2 });
  const plain = { seeds: 0.02, items: 0.3, interaction: 1 };
  assert.equal(designNeeded(-0.2, plain, { seeds: 5, items: 200 }), designNeeded(0.2, plain, { seeds: 5, items: 200 }));
});

test("designNeeded: is the least of each that has the wanted power", () => {
  const [components, design] = [{ coldStarts: 0.004, seeds: 0.02, items: 0.1, coldStartItems: 0.02, interaction: 0.3 }, { coldStarts: 4, seeds: 2, items: 60 }]; // prettier-ignore
  const options = { power: 0.7, comparisons: 3, level: 0.1 };
  const needed = designNeeded(0.2, components, design, { ...options, known: true });
  const power = (changed: object) => crossedPower(0.2, components, { ...design, ...changed }, options);
  for (const name of ["coldStarts", "seeds", "items"] as const) {
    const least = needed[name];
    if (least === null) assert.ok(power({ [name]: 1_000_000 }) < 0.7, name);
    else if (least! > (name === "seeds" ? 1 : 2))
      assert.ok(power({ [name]: least! }) >= 0.7 && power({ [name]: least! - 1 }) < 0.7, `${name}: ${least}`);
  }
  assert.ok(needed.coldStarts! > 2, JSON.stringify(needed));
});

test("designNeeded: cold starts that hide a difference are what must be added", () => {
  const { seeds, coldStarts, items } = designNeeded(
    0.2,
    { coldStarts: 0.01, seeds: 0.001, items: 0.01, coldStartItems: 0, interaction: 0.1 },
    { coldStarts: 3, seeds: 5, items: 200 },
    { known: true },
  );
  assert.equal([seeds, items], [null, null]);
  assert.ok(coldStarts! >= 4 && coldStarts! <= 6);
});

test("crossedPower: bad input is refused by name", () => {
  const [components, design] = [{ seeds: 1, items: 1, interaction: 1 }, { seeds: 5, items: 10 }]; // prettier-ignore
  assert.throws(() => crossedPower(NaN, components, design), /crossedPower: difference is NaN/);
  assert.throws(() => crossedPower(1, { ...components, items: -1 }, design), /the variance of items is -1/);
  assert.throws(
    () => crossedDetectable(components, { ...design, seeds: 2.5 }),
    /crossedDetectable: seeds is 2.5, expected an integer/,
  );
  assert.throws(() => crossedDetectable(components, design, { level: 5 }), /level is 5, expected a number between 0 and 1/);
  assert.throws(() => designNeeded(1, components, design, { comparisons: 0 }), /designNeeded: comparisons is 0/);
});

test.run();
