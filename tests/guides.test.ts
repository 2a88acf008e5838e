// The guides under docs/guides are followed in tests/guides; what they show that the examples have too is the same.

import { registryFor } from "@rewardlab/cli";
import { idleParts, loadExperiment } from "@rewardlab/core/host";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { blocksOf, packageFolder, typeErrors } from "./guides/follow.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
function documentsIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return /^(node_modules|templates|\..*)$/.test(entry.name) ? [] : documentsIn(path); // a template is read where it is made
    return path.endsWith(".md") ? [path] : [];
  });
}
const examples = readdirSync(join(root, "examples")).toSorted();

test("guides: the components of the examples stand in them, letter by letter", () => {
  const components = (text: string) =>
    [...text.matchAll(/^export const \w+ = (?:advantageStep|stage)\([^]*?^\}\);$/gm)].map(([all]) => all);
  const guides = ["add-an-advantage-step.md", "write-an-update-loop.md"];
  const shown = new Set(guides.flatMap((guide) => blocksOf(guide).flatMap(({ text }) => components(text))));
  const own = examples.flatMap((name) => components(readFileSync(join(root, "examples", name, "index.js"), "utf8")));
  assert.is(own.length, 3);
  assert.equal(
    own.filter((component) => !shown.has(component)),
    [],
  );
});

test("guides: their code is checked by types: an export that isn't there is told, and what is given to one", () => {
  const folder = packageFolder();
  try {
    writeFileSync(
      join(folder, "wrong.js"),
      'import { advantageSteps, checkShapes } from "@rewardlab/core";\ncheckShapes(1, {});\n',
    );
    assert.equal(
      typeErrors(folder).map((line) => line.slice(0, line.indexOf(": error"))),
      ["wrong.js(1,10)", "wrong.js(2,13)"],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("guides, decisions and READMEs: what they link to in this repository is there", () => {
  const own = ["docs", "packages", "examples", "experiments"].flatMap(documentsIn).concat("README.md");
  const repository = "https://github.com/rewardlab/rewardlab/";
  const links = own.flatMap((path) =>
    [...readFileSync(join(root, path), "utf8").matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].flatMap(([, link]) => {
      // READMEs of packages are read on npm's page as well, and name a file of the repository by its address there.
      if (link!.startsWith(repository))
        return [{ path: "README.md", link: link!.slice(repository.length).replace(/^\w+\/main\//, "") }];
      return link!.includes(":") ? [] : [{ path, link: link! }];
    }),
  );
  assert.ok(own.length > 30 && links.length > 100, `${own.length} documents, ${links.length} links`);
  assert.equal(
    links.filter(({ path, link }) => !existsSync(join(root, path, "..", link))),
    [],
  );
});

test("examples: each has a conformance test, a README, and an experiment that loads", async () => {
  assert.is(examples.length, 3);
  for (const name of examples) {
    const read = (file: string) => readFileSync(join(root, "examples", name, file), "utf8");
    assert.match(read("index.test.ts"), "conformance(plugin", name);
    assert.match(read("README.md"), `# ${name}\n`, name);
    const { cells } = await loadExperiment(join(root, "examples", name, "experiment.yaml"), { registryFor });
    assert.ok(cells.length > 1, name);
  }
});

test("replay: what one update a rollout gives nothing to do isn't said to be idle where the rollout trains again", async () => {
  const experiment = await loadExperiment(join(root, "examples/rewardlab-plugin-replay/experiment.yaml"), { registryFor });
  const idle = experiment.cells.map((cell) => [cell.name, idleParts(cell).map(({ path }) => path)]);
  assert.equal(idle, [
    ["baseline", ["stages.rl.loss.surrogate"]],
    ["two rollouts again", []],
  ]);
});

test.run();
