// Which index is asked: the variable, else what pip's settings say for a download.

import { test } from "uvu";
import * as assert from "uvu/assert";
import { indexUrl } from "./pip.ts";

const before = { ...process.env };
test.before.each(() => {
  for (const name of ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"]) delete process.env[name];
});
test.after.each(() => {
  process.env = { ...before };
});

/** A pip whose `config list` prints these lines. */
const pipWith = (...lines: string[]) => [
  process.execPath,
  "-e",
  `if (process.argv.slice(1).join(" ") !== "config list") process.exit(1); console.log(${JSON.stringify(lines.join("\n"))})`,
];

test("pip's settings: for all commands, and for downloads before that", () => {
  const [all, download] = [
    "global.index-url='https://all.example/simple/'",
    "download.index-url='https://download.example/simple'",
  ];
  const others = [":env:.timeout='9'", "install.index-url='https://install.example/simple'"];
  assert.is(indexUrl(pipWith(...others, all)), "https://all.example/simple");
  assert.is(indexUrl(pipWith(...others, all, download)), "https://download.example/simple");
  assert.is(indexUrl(pipWith(...others)), null);
  assert.is(indexUrl(null), null);
});

test("a variable goes before the settings", () => {
  process.env["UV_DEFAULT_INDEX"] = "https://uv.example/simple";
  const pip = pipWith("global.index-url='https://all.example/simple'");
  assert.is(indexUrl(pip), "https://uv.example/simple");
  process.env["PIP_INDEX_URL"] = "https://pip.example/simple";
  assert.is(indexUrl(pip), "https://pip.example/simple");
});

test.run();
