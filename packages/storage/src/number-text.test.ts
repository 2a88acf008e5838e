import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lossOf } from "./number-text.ts";

const loss = (text: string) => lossOf(text, Number(text));

test("lossOf: nothing of what is near enough, in any notation", () => {
  for (const text of [
    "0",
    "-0",
    "0.0",
    "0e5",
    "0.1",
    "1e-3",
    "+.5",
    "5.",
    "0.12345678901234567890123",
    "9007199254740992",
    "1E21",
  ])
    assert.is(loss(text), null, text);
  for (const text of ["602214076000000000000000", "6.02214076e23", "123456789012345678e30", "1.7976931348623158e308"])
    assert.is(loss(text), null, text);
});

test("lossOf: whatever a double is written as, by JSON.stringify, to 17 digits or to its last one", () => {
  for (const value of [1e21, 5e-324, 1.5e-323, 1.7976931348623157e308, 123456789012345680000, 2 ** 53, 2 ** 64, 2 ** -1022])
    for (const text of [JSON.stringify(value), value.toPrecision(17)]) assert.is(lossOf(text, value), null, text);
  assert.is(loss("123456789012345683968"), null); // the same double, all its digits
  fc.assert(
    fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
      for (const text of [JSON.stringify(value), value.toPrecision(17), String(value)])
        assert.is(lossOf(text, value), null, text);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test("lossOf: a number that becomes another one", () => {
  assert.is(loss("1e-400"), "1e-400 is too small for a number, and would become 0");
  assert.is(loss("-0.1e-330"), "-0.1e-330 is too small for a number, and would become 0");
  assert.is(loss("1e400"), "1e400 is too large for a number, at most 1.8e308");
  assert.is(loss("9007199254740993"), "9007199254740993 has more digits than a number holds, and would become 9007199254740992");
  assert.is(
    loss("9007199254740993.0"),
    "9007199254740993.0 has more digits than a number holds, and would become 9007199254740992",
  );
  assert.is(
    loss("-9.007199254740993e15"),
    "-9.007199254740993e15 has more digits than a number holds, and would become -9007199254740992",
  );
  assert.is(loss("7e-324"), "7e-324 has more digits than a number holds so near 0, and would become 5e-324");
});

test("lossOf: what is no number in digits is none of its business", () => {
  for (const text of ["0x20000000000001", "abc", "", "1_000", ".e5"]) assert.is(lossOf(text, 0), null, text);
  assert.is(lossOf("1e400", "1e400"), null);
});

test.run();
