// The documentation's site builds, and everything in it leads somewhere: a page for each algorithm and kind that there is, no dead link, a search that needs
// no network.

import { registryFor } from "@rewardlab/cli";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { pageOf } from "../tools/site/algorithm-pages.ts";
import { anchorOf, kindsOf } from "../tools/site/kind-pages.ts";
import { documentation, prose } from "../tools/site/markdown.ts";
import { buildSite } from "../tools/site/site.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

test("site: doc comments become Markdown: equations stay as they are, and nothing is taken for a tag", () => {
  assert.is(
    documentation("Of <a> and `<b>`.\n\n    L = Σ_t x\n      + y\n\nMore\nof it."),
    "Of &lt;a> and `<b>`.\n\n```text\nL = Σ_t x\n  + y\n```\n\nMore of it.",
  );
  assert.is(prose("2 * x_t {{ y }}"), "2 \\* x\\_t &#123;&#123; y }}");
});

test("site: it builds; each algorithm and each component has its place, and no link is dead", async () => {
  const { folder, pages, problems } = await buildSite(root);
  assert.equal(problems, []);
  const registry = await registryFor([], root);
  const html = (page: string) => readFileSync(join(folder, page), "utf8");
  assert.ok(registry.names("algorithm").length >= 14);
  for (const name of registry.names("algorithm")) {
    const page = html(`algorithms/${pageOf(name)}.html`);
    for (const heading of ["equations", "in-an-experiment", "parts", "what-is-recorded", "measured"])
      assert.match(page, `id="${heading}"`, `${name}: ${heading}`);
    assert.match(page, /language-text/, `${name}: an equation`);
  }
  assert.ok(kindsOf(registry).length >= 13);
  for (const kind of kindsOf(registry)) {
    const page = html(`reference/${kind}.html`);
    assert.match(page, 'id="the-contract"');
    for (const name of registry.names(kind)) assert.match(page, `id="${anchorOf(name)}"`, `${kind} ${name}`);
  }
  for (const page of [
    "guides/write-an-algorithm.md",
    "how-an-experiment-runs.md",
    "reading-the-report.md",
    "glossary.md",
    "differences.md",
  ])
    assert.ok(pages.includes(page), page);

  const chunks = readdirSync(join(folder, "assets", "chunks"));
  const index = chunks.find((name) => name.startsWith("@localSearchIndexroot"));
  assert.ok(index !== undefined, "no index for the search");
  const searched = readFileSync(join(folder, "assets", "chunks", index!), "utf8");
  for (const words of ["three-sigma-filter", "Write an algorithm in ten minutes", "gmpo"]) assert.match(searched, words);
  const loaded = [...html("index.html").matchAll(/<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"/g)].map(
    ([, address]) => address!,
  );
  assert.equal(
    loaded.filter((address) => /^(?:https?:)?\/\//.test(address)),
    [],
    "what would be fetched from elsewhere",
  );
});

test.run();
