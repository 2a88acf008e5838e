// `rewardlab plugins` and what stands below it, from the command line: what they print, and how they end.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, temporaryFolder } from "./command.ts";
import type { Ended } from "./command.ts";

const test = suite("plugin commands", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** An installed plugin with a reward that keeps its kind's laws, or breaks one: it gives too few scores. */
function install(folder: string, name: string, keeps: boolean): void {
  write(folder, {
    [`node_modules/${name}/package.json`]: JSON.stringify({
      name,
      version: "1.2.3",
      type: "module",
      exports: "./index.js",
      keywords: ["rewardlab-plugin"],
    }),
    [`node_modules/${name}/index.js`]: `import { definePlugin, reward } from "${import.meta.resolve("@rewardlab/core")}";
import { z } from "${import.meta.resolve("zod")}";
export default definePlugin({ name: "${name}", api: "^1", components: [reward({
  name: "${name}-length", summary: "short ones are best", options: z.strictObject({ most: z.number().positive().default(8).describe("letters") }),
  create: ({ most }) => ({ score: ({ responses }) => responses.${keeps ? "map" : "slice(1).map"}((one) => Math.min(1, most / (1 + one.length))) }),
})] });
`,
  });
}

function endedWith({ code, stdout, stderr }: Ended, expected: number, out: RegExp, error: RegExp): void {
  assert.is(code, expected, stdout + stderr);
  assert.match(stdout, out);
  assert.match(stderr, error);
}

test("plugins: lists what is installed where it is called; JSON; one that can't be loaded ends with 2", async ({ folder }) => {
  install(folder, "good", true);
  endedWith(await rewardlab(folder, "plugins", "reward"), 0, /^reward\n[^]*^ {2}good-length +short ones are best +good$/m, /^$/);
  write(folder, { "broken.mjs": "throw new Error('no luck');" });
  const { code, stdout } = await rewardlab(folder, "plugins", "reward", "--json", "--plugin", "./broken.mjs");
  assert.is(code, 2);
  const { plugins, parts, conflicts } = JSON.parse(stdout) as Record<string, Record<string, unknown>[]>;
  assert.equal(plugins!.slice(-2).map(({ listed, version, problem }) => [listed, version, problem === null]), [["good", "1.2.3", true], ["./broken.mjs", null, false]]); // prettier-ignore
  assert.equal(conflicts, []);
  assert.equal(parts!.at(-1)!.options, [{ name: "most", values: "number > 0", default: 8, required: false, meaning: "letters" }]);
  endedWith(await rewardlab(folder, "plugins", "rewards"), 2, /^$/, /there is no kind "rewards"\. Did you mean "reward"\?/);
});

test("plugins test: 0 where all laws are kept, 1 where one is broken, 2 without such a plugin", async ({ folder }) => {
  install(folder, "good", true);
  install(folder, "bad", false);
  endedWith(await rewardlab(folder, "plugins", "test", "good"), 0, /^(\d+) of \1 checks passed \(good\)$/m, /^$/);
  const { code, stdout } = await rewardlab(folder, "plugins", "test", "bad", "--json");
  assert.is(code, 1);
  assert.ok((JSON.parse(stdout) as { ok: boolean }[]).some(({ ok }) => !ok));
  endedWith(
    await rewardlab(folder, "plugins", "test", "gone"),
    2,
    /^$/,
    /plugin gone: is not installed where it is looked for\. In .*: npm install gone/,
  );
  endedWith(await rewardlab(folder, "plugins", "test"), 2, /^$/, /missing required argument 'name'/);
});

test("plugins docs: Markdown, JSON, no such plugin", async ({ folder }) => {
  install(folder, "good", true);
  const table =
    /^# good 1\.2\.3\n\n## `good-length` \(reward\)\n\nShort ones are best\. From good\.\n\n[^]*^\| `most` \| `8` \| number > 0 \| letters \|$/m;
  endedWith(await rewardlab(folder, "plugins", "docs", "good"), 0, table, /^$/);
  endedWith(await rewardlab(folder, "plugins", "docs", "good-length", "--json"), 0, /^\[\n {2}\{\n {4}"kind": "reward"/, /^$/);
  endedWith(await rewardlab(folder, "plugins", "docs", "god"), 2, /^$/, /npm install god\. Did you mean "good"\?/);
});

test("plugins search: what the project's registry has; nothing; a registry that is away or slow", async ({ folder }) => {
  const one = {
    name: "@you/ranks",
    version: "1.0.0",
    description: "Ranks\u001b[2J",
    keywords: ["rewardlab-plugin"],
    date: "2026-11-01T10:00:00Z",
  };
  const server = createServer((request, response) => {
    if (!request.url!.includes("slow")) response.end(JSON.stringify({ objects: [{ package: one }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    write(folder, { "package.json": "{}", ".npmrc": `registry=${registry}` });
    endedWith(
      await rewardlab(folder, "plugins", "search", "ranks"),
      0,
      /^@you\/ranks 1\.0\.0 {2}Ranks \[2J {2}2026-11-01\n\n.*npm install NAME/,
      /^$/,
    );
    const { stdout } = await rewardlab(folder, "plugins", "search", "--json");
    assert.equal(JSON.parse(stdout), [{ name: "@you/ranks", version: "1.0.0", description: "Ranks [2J", date: "2026-11-01T10:00:00.000Z", registry }]); // prettier-ignore
    endedWith(
      await rewardlab(folder, "plugins", "search", "other"),
      0,
      /^No plugin with other in http:\/\/127\.0\.0\.1:\d+\/\.$/m,
      /^$/,
    );
    endedWith(
      await rewardlab(folder, "plugins", "search", "slow", "--timeout", "1"),
      1,
      /^$/,
      /can't be reached: no answer for 1 s\. Is this machine offline\?/,
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
  endedWith(
    await rewardlab(folder, "plugins", "search"),
    1,
    /^$/,
    /^error http:\/\/127\.0\.0\.1:\d+\/ can't be reached: connect ECONNREFUSED/,
  );
});

test.run();
