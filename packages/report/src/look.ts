import { appendFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixtureGrid, writeJson } from "./testing/fixture-grid.ts";
import { readGrid, summarise, summaryTables, writeReport } from "./index.ts";
const nasty = process.argv[2] === "nasty";
const { root, folder } = fixtureGrid(
  nasty
    ? {
        name: 'x "quoted" <script>alert(1)</script> 🎉',
        cells: [
          { name: "reinforce++ baseline", accuracy: 0.74 },
          { name: '<b>bold</b> & "q" 🎉', accuracy: 0.75, guards: true },
          { name: "without filter ".repeat(14), accuracy: 0.7 },
          { name: "official-code", accuracy: 0.78, guards: true },
          { name: "e", accuracy: 0.7 },
          { name: "f", accuracy: 0.6 },
          { name: "g", accuracy: 0.6 },
          { name: "h", accuracy: 0.9 },
        ],
        seeds: nasty ? [1, 2, 3, 4, 5, 6, 7] : [1, 2],
      }
    : {},
);
if (nasty) {
  writeJson(join(folder(1, 1), "status.json"), {
    status: "collapsed",
    reason: "rl: iteration 17: the mean score was below 0.5 of the first iteration's (1.2) for 5 iterations",
  });
  const f = join(folder(1, 1), "metrics.jsonl");
  const ls = readFileSync(f, "utf8")
    .trim()
    .split("\n")
    .slice(0, 17)
    .map((l, i) => {
      const m = JSON.parse(l);
      m.score *= Math.exp(-i / 8);
      if (i > 10) {
        m.largestRatio = "Infinity";
        m.kl = null;
        m.gradientNorm = "NaN";
      } else m.largestRatio = Math.exp(i / 2);
      return JSON.stringify(m);
    })
    .join("\n");
  writeFileSync(f, ls + "\n");
  appendFileSync(f, '{"iteration":18,"sc');
  writeJson(join(folder(2, 0), "status.json"), { status: "failed", reason: "its process ended with SIGKILL" });
  writeJson(join(folder(2, 1), "status.json"), { status: "interrupted", reason: "stopped" });
}
const s = summarise(readGrid(root));
console.log(s.answer, s.warnings);
console.log(
  summaryTables(s)
    .map((t) => [t.headers, ...t.rows].map((r) => r.join(" | ")).join("\n"))
    .join("\n\n"),
);
console.time("write");
const p = writeReport(root);
console.timeEnd("write");
cpSync(p, "/tmp/report.html");
