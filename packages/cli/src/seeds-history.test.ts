import { suite } from "uvu";
import * as assert from "uvu/assert";
import { seedsWarning, withSeeds } from "./seeds-history.ts";

const test = suite("seeds history");
const [monday, friday] = [new Date("2026-11-23T08:00:00Z"), new Date("2026-11-27T08:00:00Z")];

test("seeds are registered before the first run, and stay as they are while they aren't changed", () => {
  const first = withSeeds(null, [1, 2], () => 0, monday);
  assert.equal(first, [{ at: "2026-11-23T08:00:00.000Z", seeds: [1, 2], added: [], dropped: [], finished: 0 }]);
  assert.is(
    withSeeds({ seedsHistory: first }, [2, 1], () => 4, friday),
    first,
  );
  assert.is(seedsWarning(first), null);
});

test("seeds that are added or dropped after runs were finished are told, with how many were", () => {
  const first = withSeeds(null, [1, 2], () => 0, monday);
  const finishedOf = (seeds: readonly number[]) => seeds.length * 3;
  const later = withSeeds({ seedsHistory: first }, [1, 2, 3], finishedOf, friday);
  assert.equal(later.at(-1), { at: "2026-11-27T08:00:00.000Z", seeds: [1, 2, 3], added: [3], dropped: [], finished: 6 });
  assert.match(seedsWarning(later)!, /\(3 added\) after 6 runs were finished/);
  const fewer = withSeeds({ seedsHistory: later }, [1], finishedOf, friday);
  assert.equal(fewer.at(-1)!.dropped, [2, 3]);
  assert.match(seedsWarning(fewer)!, /\(2, 3 dropped\) after 9 runs were finished/);
});

test("seeds that are added before anything was finished are part of the plan", () => {
  const later = withSeeds({ seedsHistory: withSeeds(null, [1], () => 0, monday) }, [1, 2], () => 0, friday);
  assert.is(seedsWarning(later), null);
});

test("where grid.json is older than this record, or gone, nobody knows when the seeds were chosen", () => {
  assert.equal(
    withSeeds({ seeds: [1, 2] }, [1, 2], () => 2, friday),
    [{ at: null, seeds: [1, 2], added: [], dropped: [], finished: 0 }],
  );
  assert.equal(withSeeds({ seeds: [1] }, [1, 2], () => 2, friday)[1]!.finished, 2);
  assert.equal(
    withSeeds(null, [1], () => 1, friday),
    [{ at: null, seeds: [1], added: [], dropped: [], finished: 1 }],
  );
});

test.run();
