import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodedText } from "./utf8.ts";

const bytes = (...parts: readonly (string | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.of(part) : Buffer.from(part))));
const problem = (given: Uint8Array) => {
  const read = decodedText(given);
  return read.ok ? null : [read.offset, read.problem, ...(read.encoding === undefined ? [] : [read.encoding])];
};

test("decodedText: any UTF-8, with or without a byte-order mark", () => {
  for (const text of ["", "a", "é 😀 字", "U+FFFD itself: \uFFFD", "line\r\nline\n"]) {
    assert.equal(decodedText(bytes(text)), { ok: true, text });
    assert.equal(decodedText(bytes("\uFEFF", text)), { ok: true, text });
  }
  fc.assert(
    fc.property(
      fc.string({
        unit: fc
          .integer({ min: 1, max: 0x10ffff })
          .filter((c) => c < 0xd800 || c > 0xdfff)
          .map((c) => String.fromCodePoint(c)),
      }),
      (text) => {
        fc.pre(!text.startsWith("\uFEFF") && !/^[þÿ]/.test(text));
        assert.equal(decodedText(bytes(text)), { ok: true, text });
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

test("decodedText: Latin-1, at its byte", () => {
  const isNot = (byte: string) => `${byte} is not UTF-8; expected a file in UTF-8 (is it Latin-1 or Windows-1252?)`;
  assert.equal(problem(bytes("caf", 0xe9)), [3, isNot("byte 4 of the file (0xE9)")]);
  assert.equal(problem(bytes("é\uFFFD😀 ", 0xe9, " and more", 0xe8)), [10, isNot("byte 11 of the file (0xE9)")]); // 2 + 3 + 4 + 1 bytes before
  assert.equal(problem(bytes("\uFEFFx", 0x80)), [4, isNot("byte 5 of the file (0x80)")]);
  assert.equal(problem(bytes("ab", 0xc3)), [2, isNot("byte 3 of the file (0xC3)")]); // cut within a character
  assert.equal(problem(bytes(0xed, 0xa0, 0x80)), [0, isNot("byte 1 of the file (0xED)")]); // a surrogate has no UTF-8
});

test("decodedText: UTF-16 and UTF-32 by name, whichever end comes first, with a mark or without", () => {
  const swapped = (text: string) => Buffer.from(text, "utf16le").swap16();
  for (const given of [
    Buffer.from("\uFEFFname", "utf16le"),
    Buffer.from("name", "utf16le"),
    swapped("\uFEFFname"),
    swapped("name"),
  ])
    assert.equal(problem(given), [0, "is UTF-16, expected UTF-8", "UTF-16"]);
  assert.equal(problem(bytes(0xff, 0xfe, 0, 0, "n", 0, 0, 0)), [0, "is UTF-32, expected UTF-8", "UTF-32"]);
  assert.equal(problem(bytes(0, 0, 0xfe, 0xff, 0, 0, 0, "n")), [0, "is UTF-32, expected UTF-8", "UTF-32"]);
});

test("decodedText: a NUL, at its byte; what is wrong before it comes first", () => {
  assert.equal(problem(bytes("name: x", 0, "y")), [7, "byte 8 of the file is a NUL, expected text"]);
  assert.is(problem(bytes("caf", 0xe9, 0))![0], 3);
  const line = decodedText(bytes("a", 0), "line");
  assert.is(!line.ok && line.problem, "byte 2 of the line is a NUL, expected text");
});

test.run();
