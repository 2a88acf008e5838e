import { InputError } from "@rewardlab/core";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { showSummary } from "../summary.ts";

/** `rewardlab report`: makes the page anew and prints its summary. Throws `InputError` where the folder is no grid's. */
export async function report(folder: string, options: { readonly json?: boolean }): Promise<void> {
  if (!existsSync(join(folder, "grid.json")))
    throw new InputError(
      "RL_REPORT_FOLDER",
      `report: ${folder} holds no grid.json, expected the folder of a grid, e.g. runs/quickstart`,
    );
  showSummary(folder, options.json === true);
}
