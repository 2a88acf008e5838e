import { suite } from "uvu";
import * as assert from "uvu/assert";
import { join } from "node:path";
import { link, removeFolder, temporaryFolder, write } from "../testing/files.ts";
import { codeGraph } from "./code-graph.ts";

const test = suite("code graph", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => removeFolder(folder));

const steps = (folder: string) => codeGraph(join(folder, "node_modules/steps/index.js"), "package");
function package_(folder: string, files: Readonly<Record<string, string | object>>): void {
  for (const [name, content] of Object.entries({
    "package.json": { name: "steps", version: "1.2.3", type: "module", exports: "./index.js" },
    ...files,
  }))
    write(folder, { [`node_modules/steps/${name}`]: content });
}

test("code graph: a file that is imported counts, one beside it doesn't", ({ folder }) => {
  const files = {
    "index.js": `import "./lib/step.js"; import table from "./table.json" with { type: "json" }; new URL("./kernel.wasm", import.meta.url);`,
    "lib/step.js": `export * from "../deep.mjs"; import("./later.js");`,
    "lib/later.js": "",
    "deep.mjs": "import fs from 'node:fs'; import path from 'path';",
    "table.json": "{}",
    "kernel.wasm": "wasm",
  };
  package_(folder, files);
  const before = steps(folder);
  assert.equal(Object.keys(before.files), ["deep.mjs", "index.js", "kernel.wasm", "lib/later.js", "lib/step.js", "table.json"]);
  assert.equal([before.dependencies, before.unseen, before.problems], [{}, null, []]);

  for (const beside of [
    "README.md",
    "unused.js",
    "lib/other.ts",
    "runs/x/grid.json",
    "node_modules/other/index.js",
    ".cache/x.js",
  ])
    package_(folder, { [beside]: "changed" });
  write(folder, { "experiment.yaml": "name: x" });
  assert.equal(steps(folder), before);
  package_(folder, {
    "package.json": { name: "steps", version: "1.2.3", type: "module", exports: "./index.js", scripts: { test: "uvu" } },
  });
  assert.is(steps(folder).integrity, before.integrity, "scripts change nothing");

  const seen = new Set([before.integrity]);
  const isNew = (what: string) => assert.is(seen.size, seen.add(steps(folder).integrity).size - 1, what);
  for (const [file, content] of Object.entries(files)) {
    package_(folder, { [file]: `${content} ` });
    isNew(file);
    package_(folder, { [file]: content });
  }
  for (const change of [
    { version: "1.2.4" },
    { type: "commonjs" },
    { exports: { ".": "./index.js" } },
    { imports: { "#a": "./deep.mjs" } },
  ]) {
    package_(folder, { "package.json": { name: "steps", version: "1.2.3", type: "module", exports: "./index.js", ...change } });
    isNew(JSON.stringify(change));
  }
});

test("code graph: it is the same wherever the package is installed", ({ folder }) => {
  const files = { "index.js": `import "./step.js"; import "zod"`, "step.js": "" };
  package_(folder, files);
  for (const [name, content] of Object.entries({
    ...files,
    "package.json": { name: "steps", version: "1.2.3", type: "module", exports: "./index.js" },
  }))
    write(folder, { [`elsewhere/copy/${name}`]: content });
  for (const root of ["", "elsewhere/"])
    write(folder, {
      [`${root}node_modules/zod/package.json`]: { name: "zod", version: "4.0.0" },
      [`${root}node_modules/zod/index.js`]: "",
    });
  assert.is(codeGraph(join(folder, "elsewhere/copy/index.js"), "package").integrity, steps(folder).integrity);
});

test("code graph: installed packages by version and tarball, linked ones by their code, the host not at all", ({ folder }) => {
  package_(folder, {
    "index.js": `import "zod"; import "zod/mini"; import "linked"; import "@rewardlab/core"; try { await import("optional") } catch {}`,
  });
  write(folder, {
    "node_modules/zod/package.json": { name: "zod", version: "4.0.0", exports: { ".": "./a.js", "./mini": "./b.js" } },
    "node_modules/zod/a.js": "",
    "node_modules/zod/b.js": "",
    "node_modules/@rewardlab/core/package.json": { name: "@rewardlab/core", version: "0.1.0", main: "index.js" },
    "node_modules/@rewardlab/core/index.js": "",
    "workspace/linked/package.json": { name: "linked", version: "0.0.0", type: "module", exports: "./src/main.ts" },
    "workspace/linked/src/main.ts": `import type { A } from "./types.ts"; export * from "./own.ts";`,
    "workspace/linked/src/own.ts": "export const a: number = 1;",
    "workspace/linked/src/types.ts": "export type A = 1;",
  });
  link(folder, "node_modules/linked", "workspace/linked");
  const before = steps(folder);
  assert.equal(before.dependencies, { "optional (not there)": null, "zod@4.0.0": null });
  assert.equal(Object.keys(before.files), ["index.js", "linked/src/main.ts", "linked/src/own.ts"]);

  const integrities = new Set([before.integrity]);
  write(folder, { "node_modules/zod/a.js": "changed" });
  assert.is(steps(folder).integrity, before.integrity, "an installed package is what its version says");
  write(folder, { "workspace/linked/src/own.ts": "export const a: number = 2;" });
  integrities.add(steps(folder).integrity);
  write(folder, {
    "node_modules/zod/package.json": { name: "zod", version: "4.0.1", exports: { ".": "./a.js", "./mini": "./b.js" } },
  });
  integrities.add(steps(folder).integrity);
  write(folder, {
    "node_modules/optional/package.json": { name: "optional", version: "1.0.0", main: "i.js" },
    "node_modules/optional/i.js": "",
  });
  integrities.add(steps(folder).integrity);
  assert.is(integrities.size, 4);
});

test("code graph: a file by its path: its imports, whatever package.json lies above", ({ folder }) => {
  write(folder, {
    "package.json": { name: "my-study", version: "1.0.0", type: "module" },
    "study/my-step.ts": `import { helper } from "../helper.ts"; import "#alias"; export default helper as number;`,
    "helper.ts": "export const helper = 1;",
    "other.ts": "",
  });
  const graph = () => codeGraph(join(folder, "study/my-step.ts"), "file");
  const before = graph();
  assert.equal(Object.keys(before.files), ["helper.ts", "study/my-step.ts"]);
  write(folder, { "package.json": { name: "my-study", version: "1.1.0", type: "module", dependencies: {} }, "other.ts": "1" });
  assert.is(graph().integrity, before.integrity);
  write(folder, { "package.json": { name: "my-study", version: "1.1.0" } });
  assert.is.not(graph().integrity, before.integrity, "Node takes it for another sort of module");
});

test("code graph: where an import can't be seen, or a file can't be read as code, all code of the package counts", ({
  folder,
}) => {
  for (const [source, file] of [
    ["const x = './a.js';\nawait import(x)", "index.js:2"],
    ["export default {,", "index.js:1"],
  ] as const) {
    package_(folder, { "index.js": source, "other.js": "", "data.json": "{}" });
    const graph = steps(folder);
    assert.equal(Object.keys(graph.files), ["index.js", "other.js"]);
    assert.ok(graph.unseen!.endsWith(file), graph.unseen!);
  }
  const [problem] = steps(folder).problems;
  assert.equal([problem!.line, problem!.column], [1, 17]);
});

test.run();
