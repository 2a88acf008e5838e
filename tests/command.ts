import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../packages/cli/src/main.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts the command from its sources, as the tests themselves run: nothing has to be built, and nothing can be stale. */
export function start(folder: string, ...args: string[]): Started {
  const child = spawn(
    process.execPath,
    ["--conditions=@rewardlab/source", "--import", import.meta.resolve("tsx"), main, ...args],
    {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", NODE_NO_WARNINGS: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const output = { stdout: "", stderr: "" };
  child.stdout!.setEncoding("utf8").on("data", (text: string) => void (output.stdout += text));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => void (output.stderr += text));
  return { child, ended: new Promise((resolve) => void child.on("close", (code) => resolve({ code, ...output }))) };
}

export const rewardlab = (folder: string, ...args: string[]): Promise<Ended> => start(folder, ...args).ended;

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "rewardlab-test-"));
}
