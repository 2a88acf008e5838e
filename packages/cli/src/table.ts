import Table from "cli-table3";
import pc from "picocolors";

/** A table for the terminal. */
export function textTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: headers.map((header) => pc.bold(header)),
    style: { head: [], border: pc.isColorSupported && process.stdout.isTTY ? ["dim"] : [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
