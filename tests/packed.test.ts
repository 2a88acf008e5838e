// What npm would get of each package: nothing missing, nothing too much, and no word that is only true in this repository.

import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fileProblems, manifestProblems, publintProblems, typeProblems } from "../tools/release/check.ts";
import { manifestOf, needsOf, packAll, publicFolders, root } from "../tools/release/pack.ts";
import type { Packed } from "../tools/release/pack.ts";
import { unreached } from "../tools/release/reach.ts";

const { slim } = createRequire(import.meta.url)("../scripts/published.cjs") as { slim: Record<string, string> };
const folders = publicFolders("packages");
const test = suite<{ into: string; packed: readonly Packed[] }>("packed");

test.before(async (context) => {
  context.into = mkdtempSync(join(tmpdir(), "rewardlab-packed-"));
  context.packed = await packAll(context.into);
});
test.after(({ into }) => rmSync(into, { recursive: true }));

const find = (packed: readonly Packed[], name: string): Packed => packed.find((one) => one.name === name)!;

test("packed: all packages, each after those it needs", ({ packed }) => {
  assert.ok(packed.length >= 22, packed.map(({ name }) => name).join(", "));
  const names = packed.map(({ name }) => name);
  for (const [index, { name, manifest }] of packed.entries())
    for (const needed of needsOf(manifest)) assert.ok(names.indexOf(needed) < index, `${name} needs ${needed}`);
});

for (const folder of folders) {
  const name = manifestOf(folder).name;

  test(`packed: ${name}'s package.json says what it is and where it comes from`, ({ packed }) => {
    assert.equal(manifestProblems(find(packed, name)), []);
  });

  test(`packed: ${name} holds what is used, and links to what is there`, ({ packed }) => {
    assert.equal(fileProblems(find(packed, name)), []);
  });

  test(`packed: ${name} is found and has its types, says publint and says are-the-types-wrong`, async ({ packed }) => {
    const one = find(packed, name);
    assert.equal([...(await publintProblems(one)), ...(await typeProblems(one))], []);
  });
}

test("packed: core takes at most 300 kB", ({ packed }) => {
  const { size } = statSync(find(packed, "@rewardlab/core").file);
  assert.ok(size <= 300_000, `core's tarball has ${size} bytes. What of it is used by few belongs into a package of its own`);
});

test("packed: large packages are replaced by slim ones of the same version, which hold the same bytes", ({ packed }) => {
  for (const [upstream, name] of Object.entries(slim)) {
    const one = find(packed, `@rewardlab/${name}`);
    const at = join(root, one.folder, "node_modules", upstream);
    const { version } = JSON.parse(readFileSync(join(at, "package.json"), "utf8")) as { version: string };
    assert.is(one.version, version, `packages/${name}/package.json: the version of ${upstream}`);
    const own = /^(package\.json|index\.cjs|README\.md|LICENSE|dist\/THIRD-PARTY\.txt)$/;
    const bundled = one.files.has("dist/THIRD-PARTY.txt");
    for (const [path, bytes] of one.files)
      if (!own.test(path) && !bundled) assert.ok(bytes.equals(readFileSync(join(at, path))), `${name}: ${path}`);
    assert.ok(
      [...one.files.keys()].some((path) => !own.test(path)),
      name,
    );
  }
  for (const { name, manifest } of packed)
    for (const upstream of Object.keys(slim)) {
      const asked = manifest.dependencies?.[upstream] ?? manifest.optionalDependencies?.[upstream];
      if (asked !== undefined) assert.match(asked, `npm:@rewardlab/${slim[upstream]}@`, name);
    }
});

test("packed: a file that nothing leads to is told, whichever way the others are reached", () => {
  const files = new Map(
    Object.entries({
      "dist/index.js": 'import { a } from "./a.js";\nfork(new URL(`./worker.${extension}`, import.meta.url));\n',
      "dist/index.d.ts": 'import type { T } from "./types.js";\n',
      "dist/a.js": 'await import("./b.js");\n',
      "dist/b.js": "",
      "dist/types.js": "// types\nexport {};\n",
      "dist/types.d.ts": "",
      "dist/worker.js": "",
      "dist/fake.js": "export const fake = 1;",
      "dist/fake.d.ts": "",
      "bin/command.js": "",
    }).map(([path, text]) => [path, Buffer.from(text)]),
  );
  const manifest = {
    name: "x",
    version: "1.0.0",
    exports: { ".": { default: "./dist/index.js" } },
    bin: { x: "./bin/command.js" },
  };
  assert.equal(unreached(manifest, files), ["dist/fake.js", "dist/fake.d.ts"]);
});

test("packed: a link out of the tarball, a test and a machine's path are told", () => {
  const files = new Map(
    Object.entries({
      "package.json": "{}",
      "README.md": "[there](docs/a.md) [out](../core/README.md) [web](https://example.org)",
      "docs/a.md": "",
      "dist/a.test.js": "",
      "dist/b.js": `const at = "${root}packages";\n//# sourceMappingURL=b.js.map\n`,
    }).map(([path, text]) => [path, Buffer.from(text)]),
  );
  const manifest = { name: "x", version: "1.0.0", exports: "./dist/b.js" };
  const problems = fileProblems({ name: "x", version: "1.0.0", folder: "packages/x", file: "", manifest, files });
  assert.is(problems.length, 5, problems.join("\n"));
  for (const [index, part] of [
    "README.md: ../core/README.md",
    "a.test.js is for",
    "b.js names",
    "b.js.map",
    "a.test.js is reached by no",
  ].entries())
    assert.match(problems[index]!, part);
});

test.run();
