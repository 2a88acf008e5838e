import { fixtureGrid } from "./testing/fixture-grid.ts";
import { readGrid, summarise, summaryTables, writeReport } from "./index.ts";
import { cpSync } from "node:fs";
const { root } = fixtureGrid();
const s = summarise(readGrid(root));
console.log(s.answer, s.warnings);
console.log(summaryTables(s).map((t) => [t.headers, ...t.rows].map((r) => r.join(" | ")).join("\n")).join("\n\n"));
console.time("write"); const p = writeReport(root); console.timeEnd("write");
cpSync(p, "/tmp/report.html");
