import { InputError, messageOf, RunError, suggestion } from "@rewardlab/core";
import type { ErrorCode } from "@rewardlab/core";
import { buildBinding, installTensorflow } from "@rewardlab/tensorflow";
import type { InstallOptions } from "@rewardlab/tensorflow";
import { hasNvidiaDriver } from "./tensorflow/nvidia.ts";
import { tryApart } from "./tensorflow/try-apart.ts";

const flavours = { tensorflow: "cpu", "tensorflow-xla": "cpu", "tensorflow-gpu": "gpu" } as const;

/** Gets an engine that doesn't come with RewardLab. */
export async function installEngine(name: string, options: Pick<InstallOptions, "say" | "progress" | "signal">): Promise<void> {
  if (!(name in flavours))
    throw new InputError(
      "RL_ENGINE",
      `engines install: "${name}" is not an engine that can be installed.${suggestion(name, Object.keys(flavours))}`,
    );
  const flavour = flavours[name as keyof typeof flavours];
  if (flavour === "gpu" && !hasNvidiaDriver())
    options.say("There is no NVIDIA driver here: tensorflow-gpu is fetched, but won't start before there is one");
  try {
    options.progress("building the binding…");
    const file = buildBinding(); // first: where there is no compiler nothing need be fetched
    await installTensorflow({ flavour, verify: (libraries) => tryApart(file, libraries, options.signal), ...options });
    if (process.env["REWARDLAB_TENSORFLOW"])
      options.say(`It isn't used while REWARDLAB_TENSORFLOW is set (${process.env["REWARDLAB_TENSORFLOW"]}): unset it`);
  } catch (error) {
    throw withWasm(error);
  }
}

/** What can be used meanwhile. */
function withWasm(error: unknown): unknown {
  const code = (error as { code?: string }).code;
  if (!code?.startsWith("RL_")) return error;
  const Same = error instanceof InputError ? InputError : RunError;
  return new Same(
    code as ErrorCode,
    `${messageOf(error).replace(/\.$/, "")}. The engine wasm works without it (\`engine: wasm\`, or auto)`,
    {
      cause: error,
    },
  );
}
