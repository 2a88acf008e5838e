// npm run release: publishes what the registry doesn't have yet, in the order in which packages need each other.
//
//   npm run release -- --dry-run      looks at everything, and shows what would be published
//   npm run release -- --tag next     under another dist-tag than `latest` (of a prerelease: `next`)
//
// Nothing is published unless the tree is a commit, no change waits in .changeset, all is built anew and the tarballs pass their tests. One that stopped halfway is
// simply started again. In a CI that can sign (GitHub Actions with id-token: write, GitLab with SIGSTORE_ID_TOKEN) the packages get npm's provenance.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packAll, root } from "./pack.ts";
import { askNpm, planText, provenanceFlags, releasePlan } from "./plan.ts";
import { notReady } from "./ready.ts";

const { values: options } = parseArgs({ options: { "dry-run": { type: "boolean", default: false }, tag: { type: "string" } } });
const dry = options["dry-run"];

const problems = notReady(root);
for (const problem of problems) console.error(`release: ${problem}.`);
if (problems.length > 0 && !dry) process.exit(1);

command("building anew", process.execPath, "scripts/setup.mjs", "--rebuild");
command("testing the tarballs", process.execPath, "scripts/test.mjs", "tests/packed", "tests/registry");

const folder = mkdtempSync(join(tmpdir(), "rewardlab-release-"));
try {
  const steps = await releasePlan(await packAll(folder), askNpm(), options.tag);
  console.log(`\n${planText(steps)}\n`);
  const different = steps.filter(({ what }) => what === "differs").map(({ name, version }) => `${name}@${version}`);
  if (different.length > 0)
    stop(`${different.join(", ")}: published with other files, and a version is published once. Ours need a new version (\`npm run changeset\`, \`npm run version\`); a slim one waits for what it stands for`); // prettier-ignore
  const waiting = steps.filter(({ what }) => what === "publish");
  const provenance = provenanceFlags(process.env);
  const signed = provenance.length > 0 ? "with provenance" : "without provenance: this is no CI that signs";
  if (dry)
    console.log(`A release would publish ${waiting.length} of ${steps.length} packages, ${signed}. Nothing was published.`);
  else {
    for (const { name, version, file, tag } of waiting)
      command(`${name}@${version}`, "npm", "publish", file, "--access", "public", "--tag", tag, ...provenance);
    console.log(`Published ${waiting.length} of ${steps.length} packages, ${signed}.`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (problems.length > 0) stop("as it is this tree would not be published: see above");

/** Runs it with the terminal its own; where it fails, so does the release. */
function command(title: string, program: string, ...args: string[]): void {
  console.log(`— ${title}`);
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: "inherit",
    shell: program === "npm" && process.platform === "win32",
  });
  if (status !== 0) stop(`${title}: it failed, see above. What was published stays; start again when it is mended`);
}

function stop(message: string): never {
  console.error(`release: ${message}.`);
  process.exit(1);
}
