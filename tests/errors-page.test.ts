// docs/errors.md has every code that the sources throw, with its cause and what to do, and none that they don't.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The codes in the sources of all packages, tests and their tools left out, each with a file that has it. */
function codesThrown(): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(join(root, "packages")).filter((one) => existsSync(join(root, "packages", one, "src"))))
    for (const file of readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || /\.(test|bench)\.ts$/.test(file) || /(^|[\\/])testing[\\/]/.test(file)) continue;
      const text = readFileSync(join(root, "packages", name, "src", file), "utf8");
      for (const [code] of text.matchAll(/\bRL_[A-Z][A-Z0-9_]*/g)) found.set(code, `packages/${name}/src/${file}`);
    }
  return found;
}

test("errors: every code has its row, once, and no row is left of what is gone", () => {
  const page = readFileSync(join(root, "docs", "errors.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(\S+)` +\| (.+?) +\| (.+?) +\|$/gm)].map(([, code, cause, mend]) => ({
    code: code!,
    cause: cause!,
    mend: mend!,
  }));
  const codes = codesThrown();
  assert.ok(codes.size > 80, `${codes.size}`);
  const told = rows.map(({ code }) => code);
  assert.equal(
    [...codes].filter(([code]) => !told.includes(code)).map(([code, file]) => `${file}: ${code}`),
    [],
    "in the sources, without a row",
  );
  assert.equal(
    told.filter((code, at) => !codes.has(code) || told.indexOf(code) !== at),
    [],
    "a row that is too many",
  );
  for (const { code, cause, mend } of rows) {
    assert.ok(cause.endsWith(".") && cause.split(" ").length >= 4, `${code}: ${cause}`);
    assert.ok(mend.length >= 8, `${code}: ${mend}`);
  }
});

test.run();
