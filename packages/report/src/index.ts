export { readGrid } from "./read-grid.ts";
export type { Difference, Grid, GridCell, GridRun, Iteration, Provenance, RunStage, Status } from "./read-grid.ts";
export type { Evaluation, Group } from "./read-evaluation.ts";
export { summarise } from "./summary.ts";
export type { CellSummary, Comparison, Measures, RunSummary, Summary } from "./summary.ts";
export { summaryTables } from "./table.ts";
export type { TextTable } from "./table.ts";
export { writeReport } from "./html/write-report.ts";
