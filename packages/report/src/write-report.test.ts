import { createHash } from "node:crypto";
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { guardDeclarations } from "./testing/declared.ts";
import { fixtureGrid, writeJson } from "./testing/fixture-grid.ts";
import type { Fixture, FixtureOptions } from "./testing/fixture-grid.ts";
import { readGrid } from "./read-grid.ts";
import { writeReport } from "./write-report.ts";

function pageOf(options: FixtureOptions = {}, change: (fixture: Fixture) => void = () => {}): string {
  const fixture = fixtureGrid({ iterations: 8, items: 48, ...options });
  change(fixture);
  const { page: path } = writeReport(readGrid(fixture.root));
  assert.is(path, join(fixture.root, "report.html"));
  const page = readFileSync(path, "utf8");
  rmSync(fixture.root, { recursive: true });
  return page;
}

test("writeReport: the whole page, in order, from one file that loads nothing", () => {
  const page = pageOf();
  const ids = [...page.matchAll(/<section[^>]* id="([a-z]+)"/g)].map(([, id]) => id);
  assert.equal(ids, [
    "answer",
    "results",
    "robust",
    "curves",
    "stability",
    "kinds",
    "voting",
    "calibration",
    "cost",
    "samples",
    "same",
  ]);
  assert.match(page, /<p class="headline">stable-reinforce is not distinguishable from reinforce\+\+: /);
  assert.match(page, /<p>RL raised accuracy on 48 test questions from/);
  assert.not.match(page.replaceAll(/xmlns(:xlink)?="[^"]*"/g, ""), /https?:\/\/|<link|@import|src="(?!data:)/);
  assert.match(page, /<img[^>]*src="data:image\/png;base64,iVBOR/);
  assert.not.match(page, /class="warnings"/);
  assert.not.match(page.replaceAll(/<script>[^]*<\/script>/g, ""), /undefined|\[object Object\]|>NaN</);
});

test("writeReport: what was measured comes first, what was written before the runs below it, marked as that", () => {
  const page = pageOf({ description: "Expected: about 99 %." });
  const [answer, written, results] = ['id="answer"', "Expected: about 99 %.", 'id="results"'].map((text) => page.indexOf(text));
  assert.ok(answer! < written! && written! < results!, `${answer}, ${written}, ${results}`);
  assert.match(page, /<h2 id="about-title">Written before the runs<\/h2>\s*<blockquote>Expected/);
});

test("writeReport: its policy admits its own script and no other", () => {
  const page = pageOf();
  const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text!);
  assert.is(scripts.length, 1);
  const hash = createHash("sha256").update(scripts[0]!).digest("base64");
  assert.ok(page.includes(`script-src &#39;sha256-${hash}&#39;`), "the script's hash stands in the policy");
  assert.ok(page.includes("default-src &#39;none&#39;"));
});

test("writeReport: names, descriptions and responses are text, whatever they hold", () => {
  const evil = `<script>alert("1")</script><img src=x onerror='alert(2)'> 🎉 "quoted" & ${"long ".repeat(40)}`;
  const page = pageOf(
    {
      name: evil,
      description: evil,
      cells: [
        { name: evil, accuracy: 0.7 },
        { name: `${evil} 2`, accuracy: 0.7, guards: true },
      ],
    },
    ({ folder }) => {
      const path = join(folder(0, 0), "samples.jsonl");
      const sample = JSON.parse(readFileSync(path, "utf8").split("\n")[0]!) as object;
      const broken = {
        ...sample,
        item: evil,
        kind: evil,
        question: evil,
        responses: [evil, evil],
        response: evil,
        thought: null,
        answer: evil,
        images: [evil],
      };
      writeFileSync(path, `${JSON.stringify({ ...broken, rules: { [evil]: { invalid: evil } } })}\n`);
      writeJson(join(folder(0, 1), "status.json"), { status: "failed", reason: evil });
      appendFileSync(join(folder(0, 1), "metrics.jsonl"), `${JSON.stringify({ iteration: 9, [evil]: 3 })}\n`);
    },
  );
  assert.not.match(page, /<script>alert|<img src=x/);
  assert.is(page.split("<script>").length, 2);
  assert.ok(page.includes("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"));
  assert.ok(page.includes("🎉"));
});

test("writeReport: collapsed runs and numbers that are none are said, and break nothing", () => {
  const page = pageOf({}, ({ folder }) => {
    writeJson(join(folder(1, 0), "status.json"), { status: "collapsed", reason: "rl: iteration 3: the loss is NaN" });
    writeFileSync(
      join(folder(1, 0), "metrics.jsonl"),
      '{"iteration":1,"score":1,"largestRatio":2,"kl":0.1}\n{"iteration":2,"score":0.5,"largestRatio":9000,"kl":null}\n{"iteration":3,"score":"NaN","largestRatio":"Infinity"}\n{"iter',
    );
  });
  assert.match(page, /collapsed: rl: iteration 3: the loss is NaN\. It was evaluated all the same/);
  assert.match(page, /the last line was cut short/);
  assert.match(page, /stable-reinforce, seed 1: no finite number in 1 of 3 iterations, first in 3/);
  assert.ok(page.includes('<span class="flag">collapsed</span>'));
  assert.ok(page.includes("∞"));
});

test("writeReport: two seeds name no winner anywhere on the page", () => {
  const page = pageOf({
    cells: [
      { name: "a", accuracy: 0.65 },
      { name: "b", accuracy: 0.95 },
    ],
  });
  assert.match(page, /2 seeds can’t show a difference/);
  assert.match(page, /b is not distinguishable from a: \+\d+\.\d points/);
  assert.not.match(page, /<td[^>]*>better<|class="mean decided"/);
});

test("writeReport: metrics that are 0 throughout say why", () => {
  const page = pageOf({ iterations: 2 }, ({ folder }) => {
    const line = (iteration: number) =>
      JSON.stringify({ iteration, score: 1, largestRatio: 1, largestLogRatio: 0, clipFraction: 0, preClippedFraction: 0 });
    for (const cell of [0, 1])
      for (const seed of [0, 1]) writeFileSync(join(folder(cell, seed), "metrics.jsonl"), `${line(1)}\n${line(2)}\n`);
  });
  assert.match(page, /No ratio left 0\.8 to 1\.2\./);
  assert.match(page, /It begins at ratios above 1000 or below 0\.001\. Largest \|log ratio\|: 0\./);
});

test("writeReport: runs without declarations show bare names, and no meaning is made up", () => {
  const page = pageOf({ iterations: 2 }, ({ folder }) => {
    for (const cell of [0, 1]) for (const seed of [0, 1]) rmSync(join(folder(cell, seed), "metrics.json"));
  });
  assert.match(page, /<h3>preClippedFraction<\/h3>/);
  assert.not.match(page, /Pre-clipped tokens|Gradient norm|log ratio/);
});

test("writeReport: parts that can't act say why, and variants that mean different things by a name are told apart", () => {
  const because = "each rollout is used for one update, so every ratio is 1";
  const page = pageOf({ iterations: 2 }, ({ folder }) => {
    const line = (iteration: number) => JSON.stringify({ iteration, score: 1, clipFraction: 0, preClippedFraction: 0 });
    for (const cell of [0, 1])
      for (const seed of [0, 1]) {
        const declared = guardDeclarations(cell === 1, because);
        const clip = { ...declared.clipFraction!, meaning: `Meaning ${cell}.` };
        writeJson(join(folder(cell, seed), "metrics.json"), { rl: { ...declared, clipFraction: clip } });
        writeFileSync(join(folder(cell, seed), "metrics.jsonl"), `${line(1)}\n${line(2)}\n`);
      }
  });
  assert.match(page, /“Clipped tokens” is 0 in every variant: each rollout is used for one update/);
  assert.match(page, /It can’t act here: each rollout is used for one update, so every ratio is 1\./);
  assert.match(page, /reinforce\+\+: Meaning 0\. stable-reinforce: Meaning 1\./);
});

test("writeReport: answers far apart within a kind are flagged as a possible prior", () => {
  const page = pageOf({}, ({ folder }) => {
    const path = join(folder(0, 0), "results.json");
    const records = JSON.parse(readFileSync(path, "utf8")) as { name: string; results: { byAnswer: Record<string, unknown> } }[];
    records.at(-1)!.results.byAnswer.existence = { yes: { items: 8, accuracy: 1 }, no: { items: 4, accuracy: 0 } };
    for (const seed of [0, 1]) writeJson(join(folder(0, seed), "results.json"), records);
  });
  assert.match(page, /more than 40 points apart for existence in reinforce\+\+/);
});

test("writeReport: a picture that is gone, or is none, is left out", () => {
  const page = pageOf({}, ({ root }) => {
    rmSync(join(root, "data", "images", "0.png"));
    writeFileSync(join(root, "data", "images", "1.png"), "root:x:0:0:");
  });
  assert.match(page, /picture not found/);
  assert.not.match(page, new RegExp(Buffer.from("root:x:0:0:").toString("base64").slice(0, 12)));
});

test("writeReport: a grid that has hardly begun still gives a page", () => {
  const page = pageOf({}, ({ folder }) => {
    for (const cell of [0, 1]) for (const seed of [0, 1]) rmSync(folder(cell, seed), { recursive: true });
  });
  assert.match(page, /The grid is not finished: 4 of 4 runs still to do/);
  assert.match(page, /No run has been evaluated after RL yet/);
});

test("writeReport: one run alone, with no comparison", () => {
  const page = pageOf({ cells: [{ name: "only", accuracy: 0.8 }], seeds: [7] });
  assert.match(page, /It is a single run\./);
  assert.not.match(page, /what may be said/);
});

test("writeReport: five files, the same for the same grid, and nothing else beside it", () => {
  const { root } = fixtureGrid({ iterations: 2, items: 48 });
  const before = readdirSync(root);
  const { files } = writeReport(readGrid(root));
  const names = ["report.html", "report.md", "report.json", "table.csv", "table.tex"];
  assert.equal(
    files,
    names.map((name) => join(root, name)),
  );
  assert.equal(readdirSync(root).sort(), [...before, ...names].sort());
  const first = files.map((path) => readFileSync(path, "utf8"));
  writeReport(readGrid(root));
  assert.equal(
    files.map((path) => readFileSync(path, "utf8")),
    first,
  );
});

test("writeReport: report.json holds what the README says, and no number that JSON can't hold", () => {
  const { root, folder } = fixtureGrid({ iterations: 2, items: 48 });
  writeFileSync(join(folder(0, 0), "metrics.jsonl"), '{"iteration":1,"largestRatio":"Infinity"}\n');
  const { files } = writeReport(readGrid(root));
  const report = JSON.parse(readFileSync(files[2]!, "utf8")) as Record<string, unknown> & {
    cells: { stability: { metrics: { largestRatio: { value: unknown } } } }[];
  };
  assert.is(report.cells[0]!.stability.metrics.largestRatio.value, "Infinity");
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const described = new Set([...readme.slice(readme.indexOf("### report.json")).matchAll(/`(\w+)`/g)].map(([, key]) => key));
  for (const key of Object.keys(report)) assert.ok(described.has(key), `README.md says what ${key} is`);
});

test.run();
