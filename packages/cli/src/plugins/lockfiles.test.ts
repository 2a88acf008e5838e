import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { removeFolder, temporaryFolder, write } from "../testing/files.ts";
import { tarballHash } from "./lockfiles.ts";
import { packageOf } from "./manifest.ts";

const test = suite("lockfiles", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => removeFolder(folder));

function hashOf(folder: string, path: string, name: string, version: string): string | null {
  write(folder, { [`${path}/package.json`]: { name, version } });
  return tarballHash(packageOf(join(folder, path, "index.js")));
}

test("lockfiles: npm's, by path; nested packages have their own", ({ folder }) => {
  write(folder, {
    "node_modules/.package-lock.json": {
      lockfileVersion: 3,
      packages: {
        "node_modules/@you/a": { version: "1.0.0", integrity: "sha512-aaaa==" },
        "node_modules/b/node_modules/@you/a": { version: "2.0.0", integrity: "sha512-bbbb==" },
        "node_modules/link": { resolved: "../x", link: true },
      },
    },
  });
  assert.is(hashOf(folder, "node_modules/@you/a", "@you/a", "1.0.0"), "sha512-aaaa==");
  assert.is(hashOf(folder, "node_modules/b/node_modules/@you/a", "@you/a", "2.0.0"), "sha512-bbbb==");
  assert.is(hashOf(folder, "node_modules/link", "link", "1.0.0"), null);
});

test("lockfiles: pnpm's, by name and version", ({ folder }) => {
  write(folder, {
    "node_modules/.pnpm/lock.yaml": `lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      '@you/a':
        specifier: ^1.0.0
        version: 1.0.0(zod@4.0.0)

packages:

  '@you/a@1.0.0':
    resolution: {integrity: sha512-aaaa==}
    peerDependencies:
      zod: ^4

  zod@4.0.0:
    resolution: {tarball: https://example.org/zod.tgz}

  zod@4.0.1:
    resolution: {integrity: sha512-zzzz==}

snapshots:

  '@you/a@1.0.0(zod@4.0.0)':
    dependencies:
      zod: 4.0.0
`,
  });
  const at = (name: string, version: string) =>
    hashOf(folder, `node_modules/.pnpm/${name.replace("/", "+")}@${version}/node_modules/${name}`, name, version);
  assert.is(at("@you/a", "1.0.0"), "sha512-aaaa==");
  assert.is(at("zod", "4.0.0"), null, "not its neighbour's");
  assert.is(at("zod", "4.0.1"), "sha512-zzzz==");
  assert.is(at("zod", "4.0.2"), null);
});

test("lockfiles: yarn classic's, by name and version", ({ folder }) => {
  write(folder, {
    "yarn.lock": `# yarn lockfile v1


"@you/a@^1.0.0", "@you/a@^1.1.0":
  version "1.2.0"
  resolved "https://example.org/a.tgz#0123"
  integrity sha512-aaaa==

a@^1.0.0:
  version "1.2.0"
  resolved "https://example.org/b.tgz"
  integrity sha1-bbbb=
`,
  });
  assert.is(hashOf(folder, "node_modules/@you/a", "@you/a", "1.2.0"), "sha512-aaaa==");
  assert.is(hashOf(folder, "node_modules/a", "a", "1.2.0"), "sha1-bbbb=");
  assert.is(hashOf(folder, "node_modules/a2", "a", "1.3.0"), null);
});

test("lockfiles: none, or a damaged one, says nothing", ({ folder }) => {
  assert.is(hashOf(folder, "node_modules/a", "a", "1.0.0"), null);
  write(folder, { "more/node_modules/.package-lock.json": "{" });
  assert.is(hashOf(folder, "more/node_modules/a", "a", "1.0.0"), null);
});

test.run();
