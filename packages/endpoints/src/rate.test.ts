import { test } from "uvu";
import * as assert from "uvu/assert";
import { RateWindow } from "./rate.ts";

test("rate: so many requests in any minute, and the next when the first is a minute old", () => {
  const rate = new RateWindow({ requestsPerMinute: 2, tokensPerMinute: null });
  assert.equal(
    [rate.take(9, 0), rate.take(9, 10_000)].map((one) => typeof one),
    ["object", "object"],
  );
  assert.is(rate.take(9, 20_000), 40_000);
  assert.type(rate.take(9, 60_000), "object");
  assert.is(rate.take(9, 60_001), 9_999);
});

test("rate: tokens, corrected by what the server counted", () => {
  const rate = new RateWindow({ requestsPerMinute: null, tokensPerMinute: 100 });
  const first = rate.take(80, 0);
  assert.is(rate.take(40, 1000), 59_000); // 80 + 40 > 100 until the first is out of the window
  assert.type(first, "object");
  if (typeof first === "object") first.tokens = 30;
  assert.type(rate.take(40, 1000), "object"); // 30 + 40
  assert.is(rate.take(60, 2000), 58_000); // 30 + 40 + 60: without the first there is room
  assert.is(rate.take(61, 2000), 59_000); // 40 + 61 isn't
});

test("rate: a request larger than the limit goes alone", () => {
  const rate = new RateWindow({ requestsPerMinute: null, tokensPerMinute: 100 });
  assert.type(rate.take(500, 0), "object");
  assert.is(rate.take(500, 1), 59_999);
  assert.type(rate.take(500, 60_000), "object");
});

test("rate: a pause holds everybody, and never gets shorter", () => {
  const rate = new RateWindow({ requestsPerMinute: null, tokensPerMinute: null });
  rate.pause(500);
  rate.pause(100);
  assert.is(rate.take(1, 200), 300);
  assert.type(rate.take(1, 500), "object");
});

test.run();
