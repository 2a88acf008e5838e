// What holds for every package, and what no linter looks at.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const repository = fileURLToPath(new URL("..", import.meta.url));
// packages/slim-* hold nothing of ours: tests/packed.test.ts looks at them.
const packages = readdirSync(join(repository, "packages")).filter(
  (name) => existsSync(join(repository, "packages", name, "package.json")) && !name.startsWith("slim-"),
);

interface Manifest {
  name: string;
  version: string;
  license: string;
  engines: { node: string };
  exports: Record<string, string | Record<string, string>>;
  [dependencies: `${string}ependencies`]: Record<string, string> | undefined;
}

function read(...path: string[]): string {
  return readFileSync(join(repository, ...path), "utf8");
}

function manifest(name: string): Manifest {
  return JSON.parse(read("packages", name, "package.json"));
}

function sources(folder: string): string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : sources(path);
    return path.endsWith(".ts") ? [path] : [];
  });
}

test("repository: the packages are found", () => {
  assert.ok(packages.length >= 10, packages.join(", "));
});

test("repository: the lockfile names no registry", () => {
  const lines = read("pnpm-lock.yaml").split("\n");
  assert.equal(
    lines.filter((line) => /https?:\/\/|tarball:/.test(line)),
    [],
  );
});

for (const name of packages) {
  const { exports, ...own } = manifest(name);

  test(`repository: ${name} is named for its folder and says what it runs on`, () => {
    const root = JSON.parse(read("package.json")) as Manifest;
    assert.is(own.name, `@rewardlab/${name}`);
    assert.is(own.version, root.version);
    assert.is(own.license, root.license);
    assert.equal(own.engines, root.engines);
    assert.match(read("packages", name, "README.md"), `# ${own.name}`);
  });

  test(`repository: ${name} takes its versions from the catalog and the workspace`, () => {
    for (const kind of ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"] as const) {
      for (const [dependency, version] of Object.entries(own[kind] ?? {})) {
        assert.is(version, dependency.startsWith("@rewardlab/") ? "workspace:^" : "catalog:", `${kind} ${dependency}`);
      }
    }
  });

  test(`repository: ${name}'s exports lead from src to dist, and resolve`, () => {
    for (const [subpath, target] of Object.entries(exports)) {
      if (typeof target === "string") {
        assert.ok(existsSync(join(repository, "packages", name, target)), target);
        continue;
      }
      const source = target["@rewardlab/source"] ?? "";
      const built = source.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, "");
      assert.equal(target, { "@rewardlab/source": source, types: `${built}.d.ts`, default: `${built}.js` }, subpath);
      assert.ok(existsSync(join(repository, "packages", name, source)), source);
    }
  });

  test(`repository: ${name} says what it exports, and only at its exports`, () => {
    const files = sources(`packages/${name}/src`);
    const exported = new Set(
      Object.values(exports).map((target) => (typeof target === "string" ? target : target["@rewardlab/source"])),
    );
    const indexes = files.filter((file) => file.endsWith("/index.ts")).map((file) => file.replace(`packages/${name}/`, "./"));
    assert.equal(
      indexes.filter((file) => !exported.has(file)),
      [],
      "an index.ts that no export names",
    );
    for (const file of files) {
      const text = read(file);
      // A name that changes meaning with a file elsewhere cannot be found by reading.
      assert.not.match(text, /^export \* from/m, file);
      // A forgotten `.only` silently leaves out the rest of its file.
      if (file.endsWith(".test.ts")) assert.not.match(text, /^\s*\w+\.only\(/m, file);
    }
  });
}

test.run();
