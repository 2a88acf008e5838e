import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertCloseBySize, fixturesBeside, numbersOf, numbersWithin, probeWith } from "../../testing/parity.ts";

/** gae and what follows it against verl's and OpenRLHF's own functions, in float64: advantages, returns, whitened advantages. */

const probe = probeWith();
type Numbers = readonly (readonly (number | string)[])[];
interface Fixture {
  readonly version: string;
  readonly batches: Readonly<Record<string, { readonly mask: readonly (readonly number[])[] }>>;
  readonly cases: readonly {
    readonly batch: string;
    readonly options: { readonly gamma: number; readonly lambda: number };
    readonly advantages: Numbers;
    readonly returns: Numbers;
    readonly whitened?: Numbers;
    readonly error?: string;
  }[];
}
const read = fixturesBeside<Fixture>(import.meta.url);
const whitening: Readonly<Record<string, object>> = {
  "verl-gae": { use: "whiten", variance: "unbiased", epsilon: 1e-8, epsilonIn: "sum" },
  "openrlhf-gae": { use: "whiten", variance: "biased", epsilon: 1e-8, epsilonIn: "floor" },
};

/** Where another framework's number is its own: named in the tests below. */
const differs: Readonly<Record<string, readonly string[]>> = {
  "verl-gae": ["nanOutside"],
  "openrlhf-gae": ["ordinary", "zeroValues", "hugeOutside", "nanOutside"],
};

for (const name of ["verl-gae", "openrlhf-gae"]) {
  const { version, batches, cases } = read(name);
  test(`${name}: 36 cases`, () => assert.is(cases.length, 36));
  for (const { batch, options, ...theirs } of cases.filter((each) => !differs[name]!.includes(each.batch)))
    test(`${name} ${version}: ${batch}, ${JSON.stringify(options)}`, async () => {
      const { mask } = batches[batch]!;
      const ours = await probe("advantage", [{ use: "gae", ...options }], batches[batch]!);
      assertCloseBySize(numbersOf(ours.advantages), numbersWithin(mask, theirs.advantages));
      assertCloseBySize(numbersOf(ours.returns), numbersWithin(mask, theirs.returns));
      if (theirs.whitened === undefined || mask.flat().reduce((sum, one) => sum + one, 0) < 2) return; // one token: an error there, 0 here
      const whitened = await probe("advantage", [{ use: "gae", ...options }, whitening[name]], batches[batch]!);
      assertCloseBySize(numbersOf(whitened.advantages), numbersWithin(mask, theirs.whitened));
    });
}

test("gae: NaN in the padding spreads through verl's and OpenRLHF's advantages; here it changes nothing", async () => {
  for (const name of Object.keys(differs)) {
    const { batches, cases } = read(name);
    const find = (batch: string) => cases.find((each) => each.batch === batch && each.options.lambda === 0.95)!;
    assert.ok(numbersWithin(batches.nanOutside!.mask, find("nanOutside").advantages).includes(Number.NaN));
    const ours = await probe("advantage", [{ use: "gae", gamma: 1, lambda: 0.95 }], batches.nanOutside!);
    const clean = await probe("advantage", [{ use: "gae", gamma: 1, lambda: 0.95 }], batches.hugeOutside!);
    assert.equal(ours.advantages, clean.advantages);
  }
});

test("openrlhf-gae: a masked position between tokens is discounted over in OpenRLHF, skipped in verl and here", async () => {
  const { batches, cases } = read("openrlhf-gae");
  const { options, advantages } = cases.find((each) => each.batch === "ordinary" && each.options.lambda === 0.95)!;
  const ours = numbersOf((await probe("advantage", [{ use: "gae", ...options }], batches.ordinary!)).advantages);
  const theirs = numbersWithin(batches.ordinary!.mask, advantages);
  const differing = ours.flatMap((value, index) => (Math.abs(value - theirs[index]!) > 1e-6 ? [index] : []));
  assert.equal(differing, [20, 21]); // row 5 has the hole at its third token: the two tokens before it
});

test.run();
