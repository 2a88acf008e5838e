// Whoever reads an exported function's name in an editor reads what it gives as well: shapes, units, what it throws, where it is from.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writtenReports } from "../tools/api/reports.ts";
import { exportedFunctions } from "../tools/documentation/undocumented.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

test("documentation: exported functions are found, with the comment that is theirs", () => {
  const source = `/** The file's. */
import { a } from "a";
/** Of one. */
export function one(): void {}
export async function two(): Promise<void> {}
/* no doc */
export const three = (x: number) => x;
/** Of four.
 * Twice. */
export const four = function () {};
/** Somebody else's. */
const local = 1;
function five() {}
/** Of six. */
function six() {}
function unexported() {}
/** */
export default function () {}
/** Of the first. */
export function seven(x: string): string;
export function seven(x: number): number;
export function seven(x: never): never { return x; }
export const value = 1;
export type { T } from "t";
export { five, six as renamed };
export { eight } from "eight";
`;
  assert.equal(
    exportedFunctions("a.ts", source).map(({ name, doc, line }) => [name, line, doc]),
    [
      ["one", 4, "Of one."],
      ["two", 5, null],
      ["three", 7, null],
      ["four", 10, "Of four.\nTwice."],
      ["five", 13, null],
      ["six", 15, "Of six."],
      ["default", 18, null],
      ["seven", 20, "Of the first."],
    ],
  );
  assert.throws(() => exportedFunctions("a.ts", "export function ("), /^a\.ts: /);
});

test("documentation: every exported function says what it is", () => {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "packages"], {
    cwd: root,
    encoding: "utf8",
  });
  const files = listed
    .split("\n")
    .filter((file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file) && !/\.(test|bench|d)\.ts$/.test(file));
  const found = [...new Set(files)].flatMap((file) =>
    exportedFunctions(file, readFileSync(join(root, file), "utf8")).map((one) => ({ ...one, file })),
  );
  assert.ok(found.length > 800, `${found.length}`);
  assert.equal(
    found.filter(({ doc }) => doc === null).map(({ file, line, name }) => `${file}:${line}: ${name}`),
    [],
    "without a /** … */ of their own",
  );
});

test("documentation: what a package offers under its name says what it is, constants and classes too", () => {
  const reports = [...writtenReports()];
  assert.ok(reports.length >= 20);
  const bare = /^\/\/ @public \(undocumented\)\nexport (?:const|function|abstract class|class) (\w+)/gm;
  assert.equal(
    reports.flatMap(([path, text]) => [...text.matchAll(bare)].map(([, name]) => `${path}: ${name}`)),
    [],
  );
});

test("documentation: what plugin authors meet says what it is, types and interfaces too", () => {
  const met = [...writtenReports()].filter(([path]) => /\/(core|core\.host|conformance)\.api\.md$/.test(path));
  assert.is(met.length, 3);
  const bare = /^\/\/ @public \(undocumented\)\nexport (?:interface|type) (\w+)/gm;
  assert.equal(
    met.flatMap(([path, text]) => [...text.matchAll(bare)].map(([, name]) => `${path}: ${name}`)),
    [],
  );
});

test.run();
