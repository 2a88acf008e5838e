import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { pluginFiles } from "./files.ts";
import { kindNames, kinds } from "./kinds.ts";
import type { Language } from "./kinds.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const name = "@you/rewardlab-plugin-soft-start";

test("files: each kind has a template, and each template a kind", () => {
  const folders = readdirSync(fileURLToPath(new URL("../templates/kinds", import.meta.url)));
  assert.equal(folders.sort(), [...kindNames].sort());
});

test("files: the README lists the kinds as the command does", () => {
  const rows = [...read("../README.md").matchAll(/^\| `(\w+)` +\| (.+?) +\|$/gm)].map(([, kind, line]) => [kind, line]);
  assert.equal(
    rows.filter(([kind]) => Object.hasOwn(kinds, kind!)),
    Object.entries(kinds),
  );
});

for (const kind of kindNames)
  for (const language of ["ts", "js"] as Language[])
    test(`files: a package of the kind ${kind} in ${language} is whole`, () => {
      const files = pluginFiles({ kind, name, language });
      const sources = ["index", "index.test", "soft-start", "soft-start.test"].map((file) => `src/${file}.${language}`);
      for (const path of [
        ...sources,
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        ".gitignore",
        ".github/workflows/ci.yml",
        "experiment.yaml",
      ])
        assert.ok(path in files, path);
      assert.is("tsconfig.json" in files, language === "ts");
      for (const [path, text] of Object.entries(files)) {
        assert.not.match(`${path} ${text}`, /template-?name/i, path);
        if (language === "js") assert.not.match(path + text, /\.ts\b|TypeScript|tsc\b/, path);
      }
      const manifest = JSON.parse(files["package.json"]!) as {
        keywords: string[];
        exports: unknown;
        files: string[];
        peerDependencies: Record<string, string>;
        devDependencies: Record<string, string>;
      };
      assert.ok(manifest.keywords.includes("rewardlab-plugin"));
      const { version } = JSON.parse(read("../package.json")) as { version: string };
      assert.is(manifest.peerDependencies["@rewardlab/core"], `^${version}`);
      for (const [peer, range] of Object.entries(manifest.peerDependencies))
        assert.is(manifest.devDependencies[peer]?.replace(/^npm:@rewardlab\/slim-[\w-]+@/, ""), range);
      // what isn't published is linked to by nothing that is
      for (const [, link] of files["README.md"]!.matchAll(/\]\((?!https:)([^)]+)\)/g))
        assert.ok(manifest.files.includes(link!), link);
    });

test("files: all that the sources and their tests import is a dependency, a comment behind it or not", () => {
  const { devDependencies } = JSON.parse(pluginFiles({ kind: "advantage", name, language: "js" })["package.json"]!) as {
    devDependencies: object;
  };
  const expected = ["cli", "conformance", "core"].map((own) => `@rewardlab/${own}`);
  assert.equal(Object.keys(devDependencies).sort(), [...expected, "@tensorflow/tfjs", "@tensorflow/tfjs-core", "uvu", "zod"]);
});

test("files: only what is imported is a dependency", () => {
  const { peerDependencies } = JSON.parse(pluginFiles({ kind: "algorithm", name, language: "ts" })["package.json"]!) as {
    peerDependencies: object;
  };
  assert.equal(Object.keys(peerDependencies), ["@rewardlab/core"]);
});

test("files: the versions are those that the templates are tested with", () => {
  const catalog = read("../../../pnpm-workspace.yaml");
  const versions = JSON.parse(read("../templates/versions.json")) as Record<string, string>;
  assert.ok(Object.keys(versions).length >= 6);
  for (const [dependency, range] of Object.entries(versions)) {
    const tested = new RegExp(`^ {2}"?${dependency}"?: \\^?(\\d+)\\.(\\d+)`, "m").exec(catalog);
    const [, major, minor] = /^\^(\d+)\.(\d+)\.\d+$/.exec(range)!;
    assert.is(tested?.[1], major, dependency);
    assert.ok(Number(tested![2]) >= Number(minor), dependency);
  }
});

test("files: the licence is the repository's", () => {
  assert.is(read("../templates/package/LICENSE"), read("../../../LICENSE"));
});

test.run();
