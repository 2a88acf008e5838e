import { messageOf, RunError } from "@rewardlab/core";
import { writeFileAtomic } from "@rewardlab/storage";
import type { ErrorCode } from "@rewardlab/core";
import { remedy } from "@rewardlab/tensorflow";
import type { Libraries } from "@rewardlab/tensorflow";
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What verify.ts tells. */
export interface TrialVerdict {
  /** Of RewardLab's own errors. */
  readonly code: ErrorCode | null;
  readonly message: string;
}

/** Tries libraries before a process trusts them: once for these files, this processor and this binding, for it takes a second or two. */
export async function tryOnce(
  binding: string,
  libraries: Libraries,
  tryOut: (binding: string, libraries: Libraries) => Promise<void> = tryApart,
): Promise<void> {
  const mark = join(dirname(binding), `tried-${identity(libraries)}`);
  if (existsSync(mark)) return;
  await tryOut(binding, libraries);
  try {
    writeFileAtomic(mark, `${libraries.folder}\n`);
  } catch {
    // where nothing can be written they are tried each time
  }
}

/** Tries libraries in a process of their own: one that is cut short or damaged doesn't fail, it ends the process that opens it. */
export async function tryApart(binding: string, libraries: Libraries, signal?: AbortSignal): Promise<void> {
  const own = import.meta.url;
  const script = fileURLToPath(new URL(`./verify.${own.endsWith(".ts") ? "ts" : "js"}`, own));
  const child = fork(script, [binding, libraries.folder], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    signal,
    killSignal: "SIGKILL",
  });
  let output = "";
  let verdict: TrialVerdict | undefined;
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding("utf8").on("data", (text: string) => void (output = (output + text).slice(-4000)));
  child.on("message", (message) => void (verdict = message as TrialVerdict));
  const [code, killedBy] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on("error", (error) => {
      output = messageOf(error);
      if (child.pid === undefined) resolve([-1, null]); // one that was started closes as well
    });
    child.on("close", (...end) => resolve(end));
  });
  if (code === 0) return;
  if (verdict?.code) throw new RunError(verdict.code, verdict.message);
  const where = `TensorFlow in ${libraries.folder}`;
  const last = verdict?.message ?? output.trim().split("\n").at(-1);
  throw new RunError(
    "RL_TENSORFLOW",
    killedBy === null
      ? `${where}: it does not work here: ${last || `it ended with ${code}`}. ${remedy(libraries)}`
      : `${where}: trying it ended with ${killedBy}: a file is damaged, or made for another processor. ${remedy(libraries)}`,
  );
}

/** A file that was changed, cut short or replaced is another; one that was only moved is the same. */
function identity({ framework, main }: Libraries): string {
  const files = [framework, main].map((path) => {
    const { size, mtimeMs, ino } = statSync(path);
    return `${size} ${mtimeMs} ${ino}`;
  });
  const text = [...files, cpus()[0]?.model].join("\n");
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
