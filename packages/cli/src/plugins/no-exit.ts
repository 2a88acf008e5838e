import { RunError } from "@rewardlab/storage";
import { fileURLToPath } from "node:url";

/** Files of plugins, each with how its plugin was listed. */
const files = new Map<string, string>();
let loading: string | null = null;
let watching = false;

/**
 * Runs the code of a plugin for the first time. A plugin that ended the process would end all else with it, and with code 0 nobody would know: from here on
 * `process.exit` throws where the plugin calls it, then and later, so what called it is told like any other part that failed.
 */
export async function loadedWithoutExit<T>(plugin: string, itsFiles: readonly string[], load: () => Promise<T>): Promise<T> {
  watch();
  for (const file of itsFiles) files.set(file, plugin);
  loading = plugin;
  try {
    return await load();
  } finally {
    loading = null;
  }
}

/** A place in a stack trace: its file and the rest, `3:5`. */
const frame = /(?:\(|at |^)((?:file:\/\/)?(?:\/|[A-Za-z]:\\)[^():]*):(\d+:\d+)\)?$/;

/** The innermost place of a stack trace that is a plugin's, and whose it is. */
export function placeInPlugin(stack: string): { readonly plugin: string; readonly place: string } | null {
  for (const line of stack.split("\n")) {
    const [, at, position] = frame.exec(line.trim()) ?? [];
    if (at === undefined) continue;
    const file = at.startsWith("file:") ? fileURLToPath(at) : at;
    const plugin = files.get(file);
    if (plugin !== undefined) return { plugin, place: `${file}:${position}` };
  }
  return null;
}

function watch(): void {
  if (watching) return;
  watching = true;
  const exit = process.exit.bind(process);
  process.exit = (...given) => {
    const [code] = given;
    const found = placeInPlugin(stackHere());
    if (found === null && loading === null) return exit(...given); // without one, the code stays what was set
    throw new RunError(
      "RL_PLUGIN_EXIT",
      `process.exit(${code ?? ""}) is called${found === null ? "" : ` at ${found.place}`}, which would end everything without a word; expected an error to be thrown`,
    );
  };
}

/** As deep as it goes: a plugin may be called from far away. */
function stackHere(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return stack ?? "";
}
