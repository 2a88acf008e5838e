import { installEngine } from "@rewardlab/engines";
import { createLogUpdate } from "log-update";

/** `rewardlab engines install NAME`. Ctrl-C stops it, and leaves nothing half installed. */
export async function enginesInstall(name: string): Promise<void> {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  const line = createLogUpdate(process.stderr);
  const live = process.stderr.isTTY;
  try {
    await installEngine(name, {
      say: (text) => {
        if (live) line.clear();
        console.log(text);
      },
      progress: (text) => void (live && line(text)),
      signal: controller.signal,
    });
  } finally {
    if (live) line.clear();
  }
}
