import { test } from "uvu";
import * as assert from "uvu/assert";
import { retryAfter, waitSeconds } from "./backoff.ts";

test("backoff: full jitter below a bound that doubles, up to the most", () => {
  const backoff = { firstSeconds: 1, mostSeconds: 6 };
  assert.equal(
    [1, 2, 3, 4, 9].map((tries) => waitSeconds(tries, backoff, null, () => 0.5)),
    [0.5, 1, 2, 3, 3],
  );
  assert.is(
    waitSeconds(5, backoff, null, () => 0),
    0,
  );
  assert.is(
    waitSeconds(2, backoff, 10, () => 0.5),
    11,
  ); // what the server asks for, and jitter on top
});

test("backoff: Retry-After in seconds, as a date, in milliseconds; what can't be read says nothing", () => {
  const now = Date.parse("2026-12-01T00:00:00Z");
  const cases: [Record<string, string>, number | null][] = [
    [{ "retry-after": "7" }, 7],
    [{ "retry-after": "0.5" }, 0.5],
    [{ "retry-after": "Tue, 01 Dec 2026 00:01:30 GMT" }, 90],
    [{ "retry-after": "Mon, 30 Nov 2026 00:00:00 GMT" }, 0],
    [{ "retry-after": "9", "retry-after-ms": "250" }, 0.25],
    [{ "retry-after": "soon" }, null],
    [{ "retry-after": "-3" }, null],
    [{}, null],
  ];
  for (const [headers, seconds] of cases) assert.is(retryAfter(headers, now), seconds, JSON.stringify(headers));
});

test.run();
