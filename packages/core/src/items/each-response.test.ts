import { test } from "uvu";
import * as assert from "uvu/assert";
import { eachResponse } from "./each-response.ts";
import { InputError, Interrupted } from "@rewardlab/storage";
import { fakeItems } from "../testing/fake-model.ts";

const batchOf = (count: number, signal?: AbortSignal) => ({
  responses: Array.from({ length: count }, (_, index) => `response ${index}`),
  items: fakeItems(count),
  ...(signal === undefined ? {} : { signal }),
});
const options = { concurrency: 3, timeoutSeconds: 5, retries: 0, waitSeconds: 0 };
/** Settles when it is told to. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

test("each response: outcomes in the responses' order, whatever is ready first; no more at a time than allowed", async () => {
  const gates = Array.from({ length: 7 }, gate);
  const started: number[] = [];
  let underWay = 0;
  let most = 0;
  const scored = eachResponse(batchOf(7), options, async ({ response, item, index }) => {
    assert.is(response, `response ${index}`);
    assert.is(item.id, `item-${index}`);
    started.push(index);
    most = Math.max(most, ++underWay);
    await gates[index]!.opened;
    underWay -= 1;
    return index / 10;
  });
  assert.equal(started, [0, 1, 2]);
  for (const index of [2, 1, 3, 0, 6, 5, 4]) {
    gates[index]!.open();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await scored, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
  assert.is(most, 3);
});

test("each response: tried again after a failure; invalid with the last reason when no try is left; what says invalid isn't tried again", async () => {
  const tries = [0, 0, 0];
  const outcomes = await eachResponse(batchOf(3), { ...options, retries: 2 }, async ({ index }) => {
    tries[index]! += 1;
    if (index === 0 && tries[0]! < 3) throw new Error("the judge is away");
    if (index === 1) throw new Error(`failure ${tries[1]}`);
    return index === 2 ? { invalid: "unreadable" } : 1;
  });
  assert.equal(outcomes, [1, { invalid: "failure 3 (3 tries)" }, { invalid: "unreadable" }]);
  assert.equal(tries, [3, 3, 1]);
});

test("each response: a try that takes too long is over, also one that doesn't heed its signal", async () => {
  const signals: AbortSignal[] = [];
  const outcomes = await eachResponse(batchOf(2), { ...options, timeoutSeconds: 0.02, retries: 1 }, ({ index, signal }) => {
    signals.push(signal);
    return index === 0 ? new Promise(() => {}) : Promise.resolve(0.5);
  });
  assert.equal(outcomes, [{ invalid: "no answer within 0.02 s (2 tries)" }, 0.5]);
  assert.equal(signals.map((signal) => signal.aborted).sort(), [false, true, true]);
});

test("each response: wrong input stops the run, and the others with it", async () => {
  const others: AbortSignal[] = [];
  const error = await eachResponse(batchOf(3), { ...options, retries: 5 }, ({ index, signal }) => {
    if (index === 1) return Promise.reject(new InputError("RL_KEY", "the key is refused"));
    others.push(signal);
    return new Promise(() => {});
  }).catch((caught: unknown) => caught);
  assert.instance(error, InputError);
  assert.is((error as Error).message, "the key is refused");
  assert.equal(
    others.map((signal) => signal.aborted),
    [true, true],
  );
});

test("each response: what stopsAt names stops the run, without another try", async () => {
  let tries = 0;
  const scored = eachResponse(
    batchOf(1),
    { ...options, retries: 3, stopsAt: (error) => String(error).includes("budget") },
    () => {
      tries += 1;
      return Promise.reject(new Error("the budget is used up"));
    },
  );
  assert.is(((await scored.catch((error: unknown) => error)) as Error).message, "the budget is used up");
  assert.is(tries, 1);
});

test("each response: when the run is to stop, it stops at once and says so", async () => {
  const controller = new AbortController();
  const scored = eachResponse(batchOf(5, controller.signal), { ...options, retries: 5 }, () => new Promise(() => {}));
  controller.abort();
  assert.instance(await scored.catch((caught: unknown) => caught), Interrupted);
  let asked = 0;
  const before = await eachResponse(batchOf(2, controller.signal), options, async () => asked++).catch(
    (caught: unknown) => caught,
  );
  assert.instance(before, Interrupted);
  assert.is(asked, 0);
});

test("each response: no responses, no outcomes; options out of range are told", async () => {
  assert.equal(await eachResponse(batchOf(0), options, async () => 1), []);
  for (const [wrong, message] of [
    [{ concurrency: 0 }, /concurrency is 0, expected a whole number from 1 on/],
    [{ timeoutSeconds: Infinity }, /timeoutSeconds is Infinity, expected more than 0, at most 86400/],
    [{ retries: -1 }, /retries is -1, expected a whole number from 0 on/],
    [{ waitSeconds: NaN }, /waitSeconds is NaN/],
  ] as const)
    assert.match(
      String(await eachResponse(batchOf(1), { ...options, ...wrong }, async () => 1).catch((error: unknown) => error)),
      message,
    );
});

test.run();
