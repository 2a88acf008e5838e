import { randomStream } from "@rewardlab/core";
import { crossedPower } from "@rewardlab/statistics";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { POWER, PROVEN_SEEDS } from "../level.ts";
import { summarise } from "../summarise.ts";
import { plainGrid } from "../testing/plain-grid.ts";

const random = randomStream(11, "consistency");
const oneOf = <T>(values: readonly T[]): T => values[Math.floor(random.uniform() * values.length)]!;

/** Grids of all kinds: seeds dominate, questions dominate, nothing varies; no difference, a small one, a large one. */
function someGrid() {
  const [seeds, items] = [oneOf([2, 4, 5, 6, 10, 20]), oneOf([4, 40, 120])];
  const [ofSeeds, ofItems, ofRest] = [oneOf([0, 0.005, 0.05]), oneOf([0, 0.02, 0.2]), oneOf([0, 0.05, 0.3])];
  const names = ["a", "b", "c", "d"].slice(0, oneOf([2, 3, 4]));
  const cells = names.map((name, index) => {
    const effect = index === 0 ? 0 : oneOf([0, 0.01, 0.1]);
    const hardness = Array.from({ length: items }, () => ofItems * random.normal());
    return {
      name,
      runs: Array.from({ length: seeds }, () => {
        const level = 0.6 + effect + ofSeeds * random.normal();
        return hardness.map((own) => Math.min(1, Math.max(0, level + own + ofRest * random.normal())));
      }),
    };
  });
  return plainGrid(cells);
}

test("no summary contradicts itself", () => {
  let decided = 0;
  let open = 0;
  for (let round = 0; round < 60; round++) {
    const summary = summarise(someGrid());
    const { answer, comparisons, verdicts, cautions } = summary;
    const text = [answer, ...verdicts, ...cautions].join("\n");
    assert.not.match(text, /NaN|undefined|null|Infinity|∞|CI (0\.0 to 0\.0|([−+]\d+\.\d) to \2)/);
    for (const one of comparisons) {
      const seeds = one.perSeed.length;
      if (one.distinguishable) {
        decided += 1;
        assert.ok(seeds >= PROVEN_SEEDS && one.noVerdict === null && !one.spreadless);
        assert.ok(one.interval!.low > 0 || one.interval!.high < 0, "what is called different has an interval that excludes 0");
        assert.ok(!new RegExp(`(it,|or|and) about \\d+ .* for ${one.cell} `).test(answer), "what was found needs no more seeds");
        assert.not.match(answer, new RegExp(`alone would not show[^.]* ${one.cell}\\b`));
        continue;
      }
      open += 1;
      if (one.detectable === null) continue;
      const enough = seeds >= PROVEN_SEEDS;
      if (enough)
        assert.ok(one.detectable > Math.abs(one.mean!), `${one.detectable} could have been seen, and ${one.mean} was not`);
      if (one.seedsNeeded !== null) assert.ok(one.seedsNeeded >= PROVEN_SEEDS && (!enough || one.seedsNeeded > seeds));
      if (one.itemsNeeded !== null) assert.ok(one.itemsNeeded > one.items!);
      if (one.seedsNeeded !== null) assert.not(one.itemsTooFew);
      if (one.itemsNeeded !== null) assert.not(one.seedsTooFew);
      if (one.itemsTooFew && !one.seedsTooFew) assert.match(answer, /More seeds alone would not show/);
      if (one.seedsTooFew && !one.itemsTooFew) assert.match(answer, /More test questions alone would not show/);
    }
  }
  assert.ok(decided > 15 && open > 40, `${decided} decided, ${open} open`);
});

test("power follows the questions where they are what varies, and the seeds where they are", () => {
  const grid = (ofSeeds: number, ofItems: number) => {
    const draw = randomStream(3, "power");
    const hardness = Array.from({ length: 60 }, () => ofItems * draw.normal());
    const runs = (effect: number, own: number) =>
      Array.from({ length: 8 }, () => {
        const level = 0.5 + effect + ofSeeds * draw.normal();
        return hardness.map((hard) => level + own * hard + 0.01 * draw.normal());
      });
    return plainGrid([
      { name: "a", runs: runs(0, 0) },
      { name: "b", runs: runs(0.01, 1) },
    ]);
  };
  const questions = summarise(grid(0.0005, 0.2));
  assert.match(questions.answer, /would take, in a grid planned for it, about \d+ questions for b/);
  assert.match(questions.answer, /More seeds alone would not show the difference of b: it takes more test questions than 60/);
  const seeds = summarise(grid(0.05, 0.001));
  assert.match(seeds.answer, /would take, in a grid planned for it, about \d+ seeds for b/);
  assert.match(seeds.answer, /More test questions alone would not show the difference of b: it takes more seeds/);

  // the promise is the model's own: at the difference that is said to be found, power is what is said
  const [one] = questions.comparisons;
  const variance = { seeds: 0, items: 0, interaction: 0 };
  assert.ok(one!.detectable! > 0.05, "a t test over seeds would have promised less than a hundredth of it");
  assert.ok(
    crossedPower(one!.detectable!, { ...variance, items: 60 * one!.standardError.items! ** 2 }, { seeds: 8, items: 60 }) >
      POWER - 0.03,
  );
});

test.run();
