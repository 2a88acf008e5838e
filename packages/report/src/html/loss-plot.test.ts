import { test } from "uvu";
import * as assert from "uvu/assert";
import { drawLossPlot } from "./loss-plot.ts";
import type { LossPlotRow } from "./loss-plot.ts";

const ratios = [0.5, 1, 1.5, 2];
const row = (title: string, loss: (ratio: number, advantage: number) => number): LossPlotRow => ({
  title,
  subtitle: "ratio: token",
  curves: [1, -1].map((advantage) => ({
    advantage,
    points: ratios.map((ratio) => ({ ratio, loss: loss(ratio, advantage), gradient: -advantage })),
  })),
});
const linear = { range: [0, 2], scale: "linear" } as const;
const straight = row("plain", (ratio, advantage) => -ratio * advantage);
/** Of each line drawn, its strokes: M where it begins anew, L where it goes on. */
const lines = (svg: string, colour: string) =>
  [...svg.matchAll(/<path [^>]*>/g)]
    .map(([path]) => path)
    .filter((path) => path.includes(`stroke="${colour}"`) && path.split(/[ML]/).length > 3)
    .map((path) => (/ d="([^"]*)"/.exec(path)?.[1] ?? "").replace(/[^ML]/g, ""));

test("loss plot: a file of its own, two panels a row, two lines a panel told apart by colour and dash", async () => {
  const svg = await drawLossPlot({ rows: [straight, row("other { cap: 3 }", () => 1)], ...linear });
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*>/);
  assert.match(svg, /^<svg [^>]*width="\d+" height="\d+"/);
  assert.match(svg, /<\/svg>\n$/);
  assert.equal(lines(svg, "#0072b2"), ["MLLL", "MLLL", "MLLL", "MLLL"]);
  assert.equal(lines(svg, "#d55e00"), ["MLLL", "MLLL", "MLLL", "MLLL"]);
  assert.ok(svg.includes("stroke-dasharray"));
  for (const text of [
    "plain",
    "other { cap: 3 }",
    "ratio: token",
    "A = +1",
    "A = −1",
    "loss L",
    "gradient ∂L / ∂log π",
    "importance ratio π / π_old",
  ])
    assert.ok(svg.includes(`>${text}<`), text);
  assert.is(svg.split(">A = +1<").length - 1, 1, "one key for all");
  assert.is(svg.match(/aria-label/g)?.length, 1);
  assert.not.match(svg, /NaN|undefined/);
});

test("loss plot: names are escaped, long ones broken into lines, numbers in them kept", async () => {
  const title = `formula { expression: where(A < 0, 0.0001234 * ratio, "x") ${"+ ratio ".repeat(20)}}`;
  const svg = await drawLossPlot({ rows: [{ ...straight, title }], ...linear });
  assert.ok(svg.includes("where(A &lt; 0, 0.0001234 * ratio"));
  const [, label = ""] = /aria-label="([^"]*)"/.exec(svg) ?? [];
  assert.match(label, /Loss and gradient against the importance ratio: formula \{ expression: where\(A &lt; 0/);
  assert.ok((svg.match(/<tspan/g)?.length ?? 0) >= 2, "more than one line");
});

test("loss plot: what isn't finite leaves a gap and is counted", async () => {
  const svg = await drawLossPlot({ rows: [row("odd", (ratio, A) => (ratio === 1 && A === 1 ? NaN : ratio))], ...linear });
  assert.equal(lines(svg, "#0072b2"), ["MML", "MLLL"], "the loss, broken; the gradient");
  assert.ok(svg.includes("not finite at 1 of 8 points"));
  assert.not.match(svg, /NaN/);
  const none = await drawLossPlot({ rows: [row("none", () => Infinity)], ...linear });
  assert.ok(none.includes("not finite at 8 of 8 points"));
});

test("loss plot: a logarithmic axis shows powers of ten", async () => {
  const wide = [1e-4, 1, 1e4];
  const curves = [1, -1].map((advantage) => ({
    advantage,
    points: wide.map((ratio) => ({ ratio, loss: -advantage * ratio, gradient: -advantage * ratio })),
  }));
  const svg = await drawLossPlot({ rows: [{ ...straight, curves }], range: [1e-4, 1e4], scale: "log" });
  for (const text of ["1e-4", "0.01", "1", "100"]) assert.ok(svg.includes(`>${text}<`), text);
});

test.run();
