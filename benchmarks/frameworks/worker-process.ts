import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Contender } from "./contenders.ts";
import type { Assignment, Message } from "./messages.ts";
import type { Environment } from "./python-environment.ts";
import { configNamed, training } from "./sizes.ts";
import { pinned } from "./vector-width.ts";
import type { Width } from "./vector-width.ts";

type Done = Extract<Message, { type: "done" }>;

/** A contender's process. Every call ends with an Error where the process fails or is silent for too long. */
export interface WorkerProcess {
  readonly contender: Contender;
  /** When its process was started, as performance.now() has it. */
  readonly startedAt: number;
  readonly detail: string;
  /** One repetition. */
  go(): Promise<Done>;
  /** The most memory the process has held, in bytes (Linux's VmHWM); null elsewhere. */
  peakBytes(): number | null;
  end(): Promise<void>;
}

const LONGEST_SILENCE = 15 * 60_000;
const folder = fileURLToPath(new URL(".", import.meta.url));

export async function startWorker(
  contender: Contender,
  given: Omit<Assignment, "contender" | "scratch">,
  pythons: Pythons,
  scratchRoot: string,
  width: Width | null,
): Promise<WorkerProcess> {
  mkdirSync(scratchRoot, { recursive: true });
  const scratch = mkdtempSync(join(scratchRoot, "worker-"));
  const assignment: Assignment = { ...given, contender: contender.name, scratch };
  const config = configNamed(given.config);
  const { decoder: sizes, update, rollout, real = null } = config;
  const forPeers = { ...assignment, sizes, update, rollout, real, training };
  const [command, args] =
    contender.script === undefined
      ? [process.execPath, ["--import", import.meta.resolve("tsx"), join(folder, "worker.ts"), JSON.stringify(assignment)]]
      : peerCommand(contender, pythons, [join(folder, "peers", contender.script), JSON.stringify(forPeers)]);
  const startedAt = performance.now();
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env: settings(given.threads, width) });
  child.stdin.on("error", () => {}); // what the process has to say of its end, it says on stderr
  const messages = messagesOf(child, contender.name);
  const close = async () => {
    child.stdin.end("end\n");
    await ended(child);
    rmSync(scratch, { recursive: true, force: true });
  };
  try {
    const { detail } = await messages<Extract<Message, { type: "ready" }>>("ready");
    return {
      contender,
      startedAt,
      detail,
      go: () => {
        child.stdin.write("go\n");
        return messages<Done>("done");
      },
      peakBytes: () => peakOf(child.pid!),
      end: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The Python of each environment; null where it isn't there. */
export type Pythons = Readonly<Record<Environment, string | null>>;

/** vLLM's server opens ports, so it gets a network of its own, without a way out or in. */
function peerCommand({ environment = "peers" }: Contender, pythons: Pythons, args: readonly string[]): [string, string[]] {
  const python = pythons[environment]!;
  return environment === "vllm" ? ["unshare", ["--map-root-user", "--net", python, ...args]] : [python, [...args]];
}

/** The same number of threads for all, and the same width of vectors where one is asked for. Kept at home: nobody fetches anything. */
function settings(threads: number, width: Width | null): NodeJS.ProcessEnv {
  const count = String(threads);
  return {
    ...process.env,
    OMP_NUM_THREADS: count,
    TF_NUM_INTRAOP_THREADS: count,
    TF_NUM_INTEROP_THREADS: count,
    TF_CPP_MIN_LOG_LEVEL: "2",
    TORCHINDUCTOR_COMPILE_THREADS: count,
    TOKENIZERS_PARALLELISM: "false",
    HF_HUB_OFFLINE: "1",
    HF_HUB_DISABLE_TELEMETRY: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    NODE_NO_WARNINGS: "1",
    ...pinned(width),
  };
}

/** The next message of a type that a process tells. */
function messagesOf(child: ChildProcess, name: string): <M extends Message>(type: M["type"]) => Promise<M> {
  const arrived: Message[] = [];
  let wake: () => void = () => {};
  let errors = "";
  let over: string | null = null;
  let rest = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line.startsWith("@@")) arrived.push(JSON.parse(line.slice(2)) as Message);
    wake();
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => void (errors = (errors + text).slice(-4000)));
  child.on("error", (error) => {
    over = error.message;
    wake();
  });
  child.on("close", (code, signal) => {
    over ??= `it ended with ${signal ?? code}${errors === "" ? "" : `: ${lastLine(errors)}`}`;
    wake();
  });
  return async <M extends Message>(type: M["type"]): Promise<M> => {
    const deadline = performance.now() + LONGEST_SILENCE;
    for (;;) {
      const message = arrived.shift();
      if (message !== undefined) {
        if (message.type !== type) throw new Error(`${name}: it said ${message.type}, expected ${type}`);
        return message as M;
      }
      if (over !== null) throw new Error(`${name}: ${over}`);
      if (performance.now() > deadline) {
        child.kill("SIGKILL");
        throw new Error(`${name}: it said nothing for ${LONGEST_SILENCE / 60_000} minutes`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
}

/** The line that says what was wrong: JavaScript puts it before the stack, Python after it. Without folders, for it may get into a result. */
function lastLine(errors: string): string {
  const lines = errors.trim().split("\n");
  return (lines.find((line) => /^(\w*Error|\w+Exception)\b/.test(line)) ?? lines.at(-1)!)
    .replaceAll(/(?:\/[\w.@+-]+)+\//g, "")
    .slice(0, 400);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const kill = setTimeout(() => child.kill("SIGKILL"), 5000);
  await new Promise((resolve) => child.once("close", resolve));
  clearTimeout(kill);
}

function peakOf(pid: number): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : 1024 * Number(kilobytes);
  } catch {
    return null;
  }
}
