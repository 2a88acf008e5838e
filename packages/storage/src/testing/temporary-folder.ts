import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new, empty folder; the test removes it. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "rewardlab-test-"));
}
