import { parse } from "yaml";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mainTableOf } from "../main-table.ts";
import { comparedMetrics } from "../metric.ts";
import { comparisonsOf } from "../comparisons.ts";
import { summarise } from "../summarise.ts";
import { readGrid } from "../read-grid.ts";
import { fixtureGrid } from "../testing/fixture-grid.ts";
import { even, plainGrid } from "../testing/plain-grid.ts";
import { csvOf } from "./csv.ts";
import { jsonOf } from "./json.ts";
import { escapeLatex, latexOf } from "./latex.ts";
import { escapeMarkdown, markdownOf } from "./markdown.ts";

const evil = 'say "x", <b> & a|b_50% $1 #2 {3} ~^\\\n[link](http://x) 🎉';
const grid = plainGrid([
  { name: "a", runs: even([0.8, 0.8, 0.8, 0.8, 0.8]) },
  { name: evil, runs: even([0.82, 0.83, 0.84, 0.83, 0.83]) },
]);
const metrics = comparedMetrics(grid);
const table = mainTableOf(grid, metrics, comparisonsOf(grid, metrics[0]));

test("csvOf: a field that needs quotes has them, and every row is as wide as the head", () => {
  const text = csvOf(table);
  const [head, first] = text.split("\r\n");
  assert.match(head!, /^variant,baseline,against,seeds,of,collapsed,failed,evaluate\.accuracy mean,/);
  assert.is(first!.split(",").length, head!.split(",").length);
  assert.match(first!, /^a,yes,,5,5,0,0,0\.8\d*,/);
  assert.ok(text.includes(`"${evil.replaceAll('"', '""')}",no,a,5,5,0,0,`));
  assert.match(text, /,better\r\n$/);
});

test("latexOf: an interval over seeds alone is marked as such", () => {
  const alone = plainGrid([
    { name: "a", runs: [0.8, 0.8, 0.81] },
    { name: "b", runs: [0.82, 0.83, 0.84] },
  ]);
  const [metric] = comparedMetrics(alone);
  const text = latexOf(mainTableOf(alone, [metric], comparisonsOf(alone, metric)));
  assert.match(text, /\$\^\{\\ast\}\$ & -- \\\\\n/);
  assert.match(text, /^% .*over seeds alone .*, so no verdict\.$/m);
  assert.not.match(latexOf(table), /ast/);
});

test("latexOf: a booktabs tabular whose names are text", () => {
  const text = latexOf(table);
  for (const rule of ["\\toprule", "\\midrule", "\\bottomrule", "\\begin{tabular}{lrrrrr}"]) assert.ok(text.includes(rule), rule);
  const rows = text.split("\n").filter((line) => line.endsWith("\\\\"));
  assert.is(rows.length, 3);
  for (const row of rows) assert.is(row.split(/(?<!\\)&/).length, 6, row);
  assert.match(rows[2]!, / & \$\+\$3\.0 & \$\+\$2\.1 to \$\+\$3\.9 & \$<\$ 0\.001 \\\\$/);
  assert.is(escapeLatex("50% of a_b & {c} \\ $"), "50\\% of a\\_b \\& \\{c\\} \\textbackslash{} \\$");
});

test("markdownOf: the answer first, a table whose names neither break it nor become HTML or links", () => {
  const text = markdownOf(summarise(grid));
  assert.match(text, /^# plain\n\n/);
  assert.not.match(text, /<b>|(?<!\\)\]\(http/);
  const rows = text.split("\n").filter((line) => line.startsWith("| "));
  const bars = (line: string) => line.split(/(?<!\\)\|/).length;
  assert.is(bars(rows[0]!), bars(rows[2]!));
  assert.is(escapeMarkdown("a|b *c* `d`\n<e>"), "a\\|b \\*c\\* \\`d\\` &lt;e&gt;");
});

test("jsonOf: can be read back, also by YAML, and names its format", () => {
  const text = jsonOf(summarise(grid), { page: "x" });
  const read = JSON.parse(text) as { format: number; page: string; comparisons: { mean: number }[] };
  assert.equal([read.format, read.page], [1, "x"]);
  assert.ok(Math.abs(read.comparisons[0]!.mean - 0.03) < 1e-9);
  assert.equal(parse(text), read);
});

test("markdownOf: interquartile means and accuracy by kind have their tables", () => {
  const { root } = fixtureGrid({ iterations: 2, items: 48 });
  const text = markdownOf(summarise(readGrid(root)));
  assert.match(text, /\| variant \| runs \| interquartile mean \| above, in % \| compared with \|/);
  assert.match(text, /\| stable-reinforce \| 2 \| [\d.]+ \| \d+ \| reinforce\+\+ \|/); // 2 runs have no interval
  assert.match(text, /\| variant \| colour \| count \| existence \| relation \|\n\|[ -|]*\n\| reinforce\+\+ \| [\d.]+ \\\[/);
});

test.run();
