import { InputError, messageOf, RunError, suggestion } from "@rewardlab/core";
import { buildBinding, installTensorflow } from "@rewardlab/tensorflow";
import type { InstallOptions, Libraries } from "@rewardlab/tensorflow";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const flavours = { tensorflow: "cpu", "tensorflow-gpu": "gpu" } as const;

/** Gets an engine that doesn't come with RewardLab. */
export async function installEngine(name: string, options: Pick<InstallOptions, "say" | "progress" | "signal">): Promise<void> {
  if (!(name in flavours))
    throw new InputError(
      "RL_ENGINE",
      `engines install: "${name}" is not an engine that can be installed.${suggestion(name, Object.keys(flavours))}`,
    );
  const flavour = flavours[name as keyof typeof flavours];
  options.progress("building the binding…");
  const file = buildBinding(); // first: where there is no compiler nothing need be fetched
  await installTensorflow({ flavour, verify: (libraries) => verifyApart(file, libraries), ...options });
}

/** Tries libraries in a process of their own: what is broken may end it. */
async function verifyApart(file: string, { folder }: Libraries): Promise<void> {
  const own = import.meta.url;
  const script = fileURLToPath(new URL(`./tensorflow/verify.${own.endsWith(".ts") ? "ts" : "js"}`, own));
  const { code, signal, output } = await new Promise<{ code: number | null; signal: string | null; output: string }>(
    (resolve) => {
      const child = fork(script, [file, folder], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
      let printed = "";
      for (const stream of [child.stdout!, child.stderr!])
        stream.setEncoding("utf8").on("data", (text: string) => void (printed = (printed + text).slice(-4000)));
      child.on("error", (error) => resolve({ code: -1, signal: null, output: messageOf(error) }));
      child.on("close", (exit, killed) => resolve({ code: exit, signal: killed, output: printed }));
    },
  );
  if (code === 0) return;
  const last = output.trim().split("\n").at(-1);
  throw new RunError(
    "RL_TENSORFLOW",
    `TensorFlow in ${folder}: it does not work here (${signal === null ? `ended with ${code}` : `ended by ${signal}`}): ${last || "it said nothing"}. The engine wasm works without it`,
  );
}
