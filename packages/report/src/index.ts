export { readGrid } from "./read-grid.ts";
export { summarise } from "./summary.ts";
export { summaryTables } from "./table.ts";
