import { test } from "uvu";
import * as assert from "uvu/assert";
import { drawLines } from "./line-chart.ts";

const chart = { title: "t", label: "l", bands: [], log: false, fromZero: false, unit: "number", axisTitle: "iteration" } as const;
const pathsOf = (text: string) => [...text.matchAll(/<path[^>]*\sd="([^"]*)"/g)].map(([, d]) => d);

test("drawLines: values lie between round ticks; a gap breaks the line, and a point alone is a dot", () => {
  const lines = [{ cell: 0, seed: null, y: [0, 2, null, 4], look: "mean" as const }];
  const { svg, pixels } = drawLines({ ...chart, x: [1, 2, 3, 4], lines });
  assert.equal(pixels, [34, 322]);
  // 288 pixels for 3 iterations; 0 to 4 is 130 pixels, from 138 up to 8
  assert.equal(pathsOf(svg.text), ["M34,138L130,73M322,8h0"]);
  assert.equal([...svg.text.matchAll(/y="[\d.]+">([\d.]+)<\/text>\s*<line|y="12">(4)</g)].length > 0, true);
});

test("drawLines: a band goes there and back; nothing divides by a range of 0", () => {
  const { svg } = drawLines({ ...chart, x: [1, 2], lines: [], bands: [{ cell: 0, low: [0, 0], high: [4, 4] }] });
  assert.equal(pathsOf(svg.text), ["M34,138L322,138L322,8L34,8Z"]);
  const flat = drawLines({ ...chart, x: [5], lines: [{ cell: 0, seed: 1, y: [3], look: "mean" }] });
  assert.not.match(flat.svg.text, /NaN|Infinity/);
});

test("drawLines: a logarithmic axis has powers of ten", () => {
  const { svg } = drawLines({ ...chart, log: true, x: [1, 2], lines: [{ cell: 0, seed: null, y: [1, 100], look: "mean" }] });
  assert.equal([...svg.text.matchAll(/<text x="28" y="[\d.]+">([^<]*)</g)].map(([, text]) => text), ["1", "10", "100"]); // prettier-ignore
  assert.equal(pathsOf(svg.text), ["M34,138L322,8"]);
});

test.run();
